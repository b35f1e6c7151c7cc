package kubernetes_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/validate/kubernetes"
)

// builtinFaults are objects with what is found in them: without the name of the
// file, which is x.yaml.
var builtinFaults = []struct {
	name, object, want string
}{
	{"unknown field", deployment("", "  replica: 2\n"), `15:3 error unknown-field: Deployment "x": unknown field "replica" (did you mean "replicas"?)`},
	{"unknown field of a container", deployment("        imagePullPolice: Always\n", ""), `15:9 error unknown-field: Deployment "x": unknown field "imagePullPolice" (did you mean "imagePullPolicy"?)`},
	{"another case", deployment("        ImagePullPolicy: Always\n", ""), `15:9 error unknown-field: Deployment "x": unknown field "ImagePullPolicy" (did you mean "imagePullPolicy"?)`},
	{"unknown field of the root", object("v1", "ConfigMap", "spec: {}\n"), `6:1 error unknown-field: ConfigMap "x": unknown field "spec" (known: apiVersion, binaryData, data, immutable, kind, metadata)`},
	{"unknown field of metadata", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  label: {a: b}\n  annotations: {package-operator.run/phase: deploy}\n", `5:3 error unknown-field: ConfigMap "x": unknown field "label" (did you mean "labels"?)`},
	{"string for an integer", deployment("", "  replicas: \"3\"\n"), `15:13 error invalid-field: Deployment "x": must be an integer, not a string (leave out the quotes; in a template, "| quote" writes them)`},
	{"fraction for an integer", deployment("", "  replicas: 1.5\n"), `15:13 error invalid-field: Deployment "x": must be an integer, not a number`},
	{"whole float", deployment("", "  replicas: 3.0\n"), ``},
	{"out of 32 bits", deployment("", "  replicas: 3000000000\n"), `15:13 error invalid-field: Deployment "x": must be an integer of 32 bits, not 3000000000 (from -2147483648 to 2147483647)`},
	{"boolean for an integer", deployment("", "  replicas: yes\n"), `15:13 error invalid-field: Deployment "x": must be an integer, not a boolean`},
	{"string for a boolean", deployment("", "  paused: \"true\"\n"), `15:11 error invalid-field: Deployment "x": must be a boolean, not a string (leave out the quotes; in a template, "| quote" writes them)`},
	{"number for a string", object("v1", "ConfigMap", "data:\n  port: 8080\n"), `7:9 error invalid-field: ConfigMap "x": must be a string, not an integer (put it in quotes; in a template, "| quote" does that)`},
	{"boolean for a string", object("v1", "ConfigMap", "data:\n  on: on\n"), `7:7 error invalid-field: ConfigMap "x": must be a string, not a boolean (put it in quotes; in a template, "| quote" does that)`},
	{"null for a string", object("v1", "ConfigMap", "data:\n  empty:\n"), ``},
	{"object for a string", object("v1", "ConfigMap", "data:\n  deep: {a: b}\n"), `7:9 error invalid-field: ConfigMap "x": must be a string, not an object`},
	{"list for an object", object("v1", "ConfigMap", "data: [a]\n"), `6:7 error invalid-field: ConfigMap "x": must be an object, not a list`},
	{"object for a list", deployment("        args: {a: b}\n", ""), `15:15 error invalid-field: Deployment "x": must be a list, not an object`},
	{"string for a list", deployment("        command: sleep 1\n", ""), `15:18 error invalid-field: Deployment "x": must be a list, not a string`},
	{"number in a list of strings", deployment("        args: [a, 1]\n", ""), `15:19 error invalid-field: Deployment "x": must be a string, not an integer (put it in quotes; in a template, "| quote" does that)`},
	{"number as the value of a variable", deployment("        env:\n        - name: A\n          value: 1\n", ""), `17:18 error invalid-field: Deployment "x": must be a string, not an integer (put it in quotes; in a template, "| quote" does that)`},
	{"not among the values", deployment("        imagePullPolicy: always\n", ""), `15:26 error invalid-field: Deployment "x": must be "Always", "IfNotPresent" or "Never", not "always" (did you mean "Always"?)`},
	{"empty among the values", deployment("        imagePullPolicy: \"\"\n", ""), ``},
	{"far from the values", deployment("        terminationMessagePolicy: x\n", ""), `15:35 error invalid-field: Deployment "x": must be "FallbackToLogsOnError" or "File", not "x"`},
	{"many values", deployment("        lifecycle: {stopSignal: SIGTREM}\n", "      os: {name: linux}\n"), `15:33 error invalid-field: Deployment "x": must be one of the values that Kubernetes has, not "SIGTREM" (did you mean "SIGTERM"?)`},
	{"values of list items", object("v1", "PersistentVolumeClaim", "spec:\n  accessModes: [ReadWriteOnce, ReadWrite]\n"), `7:32 error invalid-field: PersistentVolumeClaim "x": must be "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce" or "ReadWriteOncePod", not "ReadWrite"`},
	{"a qualified name beside the values", object("v1", "LimitRange", "spec:\n  limits:\n  - type: example.com/Widget\n"), ``},
	{"missing selector", object("apps/v1", "Deployment", "spec:\n  template: {spec: {containers: [{name: a}]}}\n"), `6:1 error required-field: Deployment "x": selector is required`},
	{"missing specification", object("apps/v1", "Deployment", ""), `1:1 error required-field: Deployment "x": spec is required`},
	{"missing name of a container", object("v1", "Pod", "spec:\n  containers:\n  - image: x\n"), `8:5 error required-field: Pod "x": name is required`},
	{"null for a required list", object("v1", "Pod", "spec:\n  containers:\n"), `7:3 error required-field: Pod "x": containers is required`},
	{"null for a container", object("v1", "Pod", "spec:\n  containers:\n  -\n"), `8:4 error required-field: Pod "x": name is required`},
	{"required that has a valid zero", object("scheduling.k8s.io/v1", "PriorityClass", ""), ``},
	{"a quantity", deployment("        resources: {limits: {cpu: 1x, memory: 1Gi}}\n", ""), `15:35 error invalid-field: Deployment "x": must be a quantity, not "1x" (a number with a unit behind it, as in "500m", "1.5" or "2Gi")`},
	{"numbers for quantities", deployment("        resources: {limits: {cpu: 0.5, memory: 1000000000}}\n", ""), ``},
	{"a boolean for a quantity", deployment("        resources: {limits: {cpu: true}}\n", ""), `15:35 error invalid-field: Deployment "x": must be a quantity, not a boolean`},
	{"an empty quantity", deployment("        resources: {limits: {cpu: \"\"}}\n", ""), `15:35 error invalid-field: Deployment "x": must be a quantity, not "" (a number with a unit behind it, as in "500m", "1.5" or "2Gi")`},
	{"a port by name and number", object("v1", "Service", "spec:\n  ports:\n  - {port: 80, targetPort: http}\n  - {port: 81, targetPort: 8081}\n"), ``},
	{"a boolean for a port", object("v1", "Service", "spec:\n  ports:\n  - {port: 80, targetPort: true}\n"), `8:28 error invalid-field: Service "x": must be an integer or a string, not a boolean`},
	{"a port out of 32 bits", object("v1", "Service", "spec:\n  ports:\n  - {port: 80, targetPort: 3000000000}\n"), `8:28 error invalid-field: Service "x": must be an integer of 32 bits, not 3000000000 (from -2147483648 to 2147483647)`},
	{"no base64", object("v1", "Secret", "data:\n  password: hunter2!\n"), `7:13 error invalid-field: Secret "x": must be base64 (b64enc encodes it in a template; a Secret takes plain text in stringData)`},
	{"base64", object("v1", "Secret", "data:\n  password: aHVudGVyMg==\nstringData: {a: plain}\ntype: Opaque\n"), ``},
	{"a secret is not shown", object("v1", "Secret", "stringData:\n  password: 123456\n"), `7:13 error invalid-field: Secret "x": must be a string, not an integer (put it in quotes; in a template, "| quote" does that)`},
	{"no date", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  creationTimestamp: today\n  annotations: {package-operator.run/phase: deploy}\n", `5:22 error invalid-field: ConfigMap "x": must be a date and time, not "today" (as in 2006-01-02T15:04:05Z)`},
	{"null for a date", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  creationTimestamp: null\n  annotations: {package-operator.run/phase: deploy}\n", ``},
	{"a variable twice", deployment("        env:\n        - {name: A, value: \"1\"}\n        - {name: A, value: \"2\"}\n", ""), `17:11 warning duplicate-item: Deployment "x": another item has the same name "A" (server-side apply refuses the object; of two such items one gets lost in later changes)`},
	{"a port twice, by default", deployment("        ports:\n        - containerPort: 80\n        - {containerPort: 80, protocol: TCP}\n", ""), `17:11 warning duplicate-item: Deployment "x": another item has the same containerPort 80 and protocol "TCP" (server-side apply refuses the object; of two such items one gets lost in later changes)`},
	{"a port with two protocols", deployment("        ports:\n        - containerPort: 80\n        - {containerPort: 80, protocol: UDP}\n", ""), ``},
	{"a finalizer twice", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: x\n  finalizers: [example.com/a, example.com/a]\n  annotations: {package-operator.run/phase: deploy}\n", `5:31 warning duplicate-item: ConfigMap "x": another item has the same value "example.com/a" (server-side apply refuses the object; of two such items one gets lost in later changes)`},
	{"an empty status", deployment("", "status: {}\n"), ``},
	{"a status lacks something", deployment("", "status: {conditions: [{type: A}]}\n"), ``},
	{"a status of another type", deployment("", "status: {replicas: many}\n"), `15:20 error invalid-field: Deployment "x": must be an integer, not a string`},
	{"several at once", deployment("        tty: 1\n", "  replica: 1\n"), "15:14 error invalid-field: Deployment \"x\": must be a boolean, not an integer\n16:3 error unknown-field: Deployment \"x\": unknown field \"replica\" (did you mean \"replicas\"?)"},
	{"a kind that was removed", object("policy/v1beta1", "PodDisruptionBudget", ""), `2:7 warning schema-missing: Kubernetes 1.37 has no policy/v1beta1 PodDisruptionBudget (it has policy/v1)`},
	{"a kind of older versions", object("flowcontrol.apiserver.k8s.io/v1beta3", "FlowSchema", ""), `1:13 warning schema-missing: Kubernetes 1.37 does not serve flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema (Kubernetes 1.28 to 1.31 do; here it is flowcontrol.apiserver.k8s.io/v1)`},
	{"a kind in another group", object("v1", "Deployment", ""), `2:7 warning schema-missing: Kubernetes 1.37 has no v1 Deployment (Deployment is in apps/v1)`},
	{"a misspelled kind", object("apps/v1", "Deploymnt", ""), `2:7 warning schema-missing: Kubernetes 1.37 has no apps/v1 Deploymnt (did you mean "Deployment"?)`},
	{"an unknown kind", object("example.com/v1", "Widget", ""), `2:7 warning schema-missing: there is no schema of example.com/v1 Widget; its objects are not checked (put its CustomResourceDefinition into .packstage/schemas, or name where it is with --schema)`},
}

func TestBuiltinKinds(t *testing.T) {
	t.Parallel()
	for _, test := range builtinFaults {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := ""
			for line := range splitLines(test.want) {
				want += "x.yaml:" + line + "\n"
			}
			require.Equal(t, want, lines(check(t, kubernetes.Options{}, map[string]string{"x.yaml": test.object})))
		})
	}
}

func TestFindingsInTemplates(t *testing.T) {
	t.Parallel()
	found := check(t, kubernetes.Options{}, map[string]string{
		"x.yaml.gotmpl": "{{- range $name := list \"a\" \"b\" }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n" +
			"  name: {{ $name }}\n  annotations: {package-operator.run/phase: deploy}\ndata:\n  port: {{ 80 }}\n" +
			"  {{- include \"more\" . | nindent 2 }}\n{{- end }}\n",
		"_helper.gotmpl": "{{ define \"more\" -}}\nfine: text\nwrong: 1\n{{- end }}\n",
	})
	const quotes = ` must be a string, not an integer (put it in quotes; in a template, "| quote" does that)`
	require.Equal(t, `_helper.gotmpl:3:8 error invalid-field: ConfigMap "a":`+quotes+`
_helper.gotmpl:3:8 error invalid-field: ConfigMap "b":`+quotes+`
x.yaml.gotmpl:9:12 error invalid-field: ConfigMap "a":`+quotes+`
x.yaml.gotmpl:9:12 error invalid-field: ConfigMap "b":`+quotes+`
`, lines(found))
}
