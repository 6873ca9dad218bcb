//go:build tools

// Package tools names the one command that is built here: tctl, Temporal's former command line, at the last
// release of the server that still had it. No code of ours runs in it.
package tools

import _ "go.temporal.io/server/cmd/tools/cli"
