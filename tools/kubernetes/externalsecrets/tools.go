//go:build tools

// Package tools names External Secrets, at the last release whose modules are all published. No code of ours runs in it.
package tools

import _ "github.com/external-secrets/external-secrets"
