//go:build tools

// Package tools names CoreDNS, the test cluster's name server. No code of ours runs in it.
package tools

import _ "github.com/coredns/coredns"
