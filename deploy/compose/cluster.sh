# Kubernetes has what Matinee's chart gives its worker: an account, rights and policies of admission; and ACCESS is a
# kubeconfig of that account. Done again, it brings them up to date.
set -eu
kubectl apply --server-side --force-conflicts --filename "$OBJECTS"
said() { kubectl --namespace matinee-system get secret matinee-worker --output "go-template={{$1}}"; }
until [ "$(said 'len (or .data "")')" -ge 3 ]; do sleep 1; done
# Nobody but Matinee's worker, who is not root, has this volume. Written by the shell itself, so that the token stands
# in no argument of a process.
umask 022
printf '%s\n' "apiVersion: v1
kind: Config
current-context: matinee
contexts: [{name: matinee, context: {cluster: matinee, user: worker}}]
clusters: [{name: matinee, cluster: {server: '$SERVER', certificate-authority-data: '$(said 'index .data "ca.crt"')'}}]
users: [{name: worker, user: {token: '$(said '.data.token | base64decode')'}}]" >"$ACCESS"
