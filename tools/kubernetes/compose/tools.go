//go:build tools

// Package tools names the command docker-compose. No code of ours runs in it.
package tools

import _ "github.com/docker/compose/v5/cmd"
