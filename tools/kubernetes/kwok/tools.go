//go:build tools

// Package tools names kwok, which plays nodes, for tests with more previews than one machine could run. No code of ours
// runs in it.
package tools

import _ "sigs.k8s.io/kwok/cmd/kwok"
