// The Gateway API's definitions of custom resources, which lie in its module as YAML. Nothing is built here.
module matinee/tools/kubernetes/gateway

go 1.25.0

require sigs.k8s.io/gateway-api v1.6.3
