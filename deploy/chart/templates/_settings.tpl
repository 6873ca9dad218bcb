{{- /* Settings: what the chart's values mean in Matinee's own words. What is in `settings` wins. */ -}}
{{- define "matinee.settings" -}}
{{- $own := dict
  "MATINEE_INSTALLATION" .Values.installation
  "MATINEE_DATA" "/data"
  "MATINEE_RECEIVER__HOST" "0.0.0.0"
  "MATINEE_RECEIVER__PORT" "8080"
  "MATINEE_URL" (printf "https://{label}.%s" .Values.previews.domain)
  "HOME" "/data"
  "TMPDIR" "/tmp" }}
{{- merge (dict) .Values.settings $own | toYaml }}
{{- end }}
