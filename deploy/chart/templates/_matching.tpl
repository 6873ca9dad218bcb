{{- /* Matching: which requests the policies for previews judge: those of a preview's deployer, in its namespace. */ -}}
{{- define "matinee.matching" -}}
failurePolicy: Fail
# A condition that cannot be judged refuses, so it must be one that every request of the cluster can be judged by.
matchConditions:
  - name: by-the-deployer
    expression: "request.?namespace.hasValue() && request.userInfo.username == 'system:serviceaccount:' + request.namespace + ':matinee-deployer'"
matchConstraints:
  matchPolicy: Equivalent
  namespaceSelector:
    matchLabels:
      {{- include "matinee.previews.labels" .root | nindent 6 }}
  resourceRules:
    {{- toYaml .resources | nindent 4 }}
{{- end }}

{{- /* A binding without which a policy says nothing. */ -}}
{{- define "matinee.binding" -}}
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata:
  name: {{ .name }}
  labels:
    {{- include "matinee.labels" .root | nindent 4 }}
spec:
  policyName: {{ .name }}
  validationActions: [Deny]
  {{- with .parameters }}
  paramRef:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end }}

{{- /* Rules of resources, by API group. */ -}}
{{- define "matinee.everything" -}}
- {apiGroups: ["*"], apiVersions: ["*"], resources: ["*"], operations: [CREATE, UPDATE], scope: Namespaced}
{{- end }}
{{- define "matinee.workloads" -}}
- {apiGroups: [""], apiVersions: ["*"], resources: [pods, replicationcontrollers], operations: [CREATE, UPDATE], scope: Namespaced}
- {apiGroups: [apps], apiVersions: ["*"], resources: [deployments, statefulsets, daemonsets, replicasets], operations: [CREATE, UPDATE], scope: Namespaced}
- {apiGroups: [batch], apiVersions: ["*"], resources: [jobs, cronjobs], operations: [CREATE, UPDATE], scope: Namespaced}
{{- end }}
