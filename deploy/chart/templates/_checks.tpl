{{- /* Checks: what no schema can say. Each ends the installation with what is wrong and what to write instead. */ -}}
{{- define "matinee.checks" -}}
{{- with .Values }}
{{- if not .image.repository }}
{{- fail "image.repository is empty: build the image from deploy/Dockerfile, push it to a registry of yours and name it here" }}
{{- end }}
{{- if not (or .image.digest .image.tag) }}
{{- fail "image.digest is empty: write the digest of the image, sha256:…, or at least image.tag" }}
{{- end }}
{{- if not .previews.domain }}
{{- fail "previews.domain is empty: write the domain below which previews have their hosts, such as preview.example.com" }}
{{- end }}
{{- range $variable, $_ := .settings }}
{{- if regexMatch "(TOKEN|PASSWORD|SECRET|PRIVATE_KEY|KEY_RING|API_KEY|TLS_CLIENT_KEY_DATA|__CREDENTIALS(__.+)?)$" $variable }}
{{- fail (printf "settings.%s is a secret: put it into a Secret, and name that in `secrets`; Helm keeps values readable" $variable) }}
{{- end }}
{{- end }}
{{- if and .gateway.create (not .gateway.className) }}
{{- fail "gateway.className is empty: write the GatewayClass of your controller; `kubectl get gatewayclass` lists them" }}
{{- end }}
{{- if and .gateway.create (not .previews.gateway.name) }}
{{- fail "previews.gateway.name is empty, but gateway.create is true: write how the Gateway is to be called" }}
{{- end }}
{{- if and .certificate.create (not .certificate.issuer.name) }}
{{- fail "certificate.issuer.name is empty: write the issuer that solves DNS-01; `kubectl get clusterissuer` lists them" }}
{{- end }}
{{- if and (or .templates.secrets .previews.certificate) (not .templates.namespace) }}
{{- fail "templates.namespace is empty: write the namespace that templates.secrets and previews.certificate are copied from" }}
{{- end }}
{{- if not (or .previews.gateway.name .previews.ingress.className) }}
{{- fail "previews.gateway.name and previews.ingress.className are both empty: previews could not be reached" }}
{{- end }}
{{- if not .previews.entrances }}
{{- fail "previews.entrances is empty: write where requests to previews come from, such as the namespace of the Gateway's pods; a preview's network is closed to everybody else" }}
{{- end }}
{{- if and .metrics.monitor.create (not .metrics.enabled) }}
{{- fail "metrics.enabled is false, but metrics.monitor.create is true: a ServiceMonitor would find nothing; write metrics.enabled=true" }}
{{- end }}
{{- if and .receiver.route.host (not .receiver.route.gateway.name) }}
{{- fail "receiver.route.gateway.name is empty: write the Gateway by which webhooks come in" }}
{{- end }}
{{- if and .receiver.route.host (hasSuffix (printf ".%s" .previews.domain) .receiver.route.host) }}
{{- fail (printf "receiver.route.host is below previews.domain (%s): a preview could come to have that host; write another" .previews.domain) }}
{{- end }}
{{- end }}
{{- end }}
