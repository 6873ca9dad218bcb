//go:build tools

// Package tools names the command helm. No code of ours runs in it.
package tools

import _ "helm.sh/helm/v4/cmd/helm"
