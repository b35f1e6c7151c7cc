package template_test

import (
	"context"
	"fmt"

	"github.com/packstage/packstage/template"
)

func ExampleCompile() {
	set, found := template.Compile(map[string][]byte{
		"_helpers.gotmpl":        []byte(`{{ define "labels" }}app: {{ .package.metadata.name }}{{ end }}`),
		"deployment.yaml.gotmpl": []byte("metadata:\n  labels:\n{{ include \"labels\" . | indent 4 }}\nspec:\n  replicas: {{ .config.replicas }}\n"),
	}, template.Options{})
	if err := found.Err(); err != nil {
		fmt.Println(err)
		return
	}
	output, err := set.Execute(context.Background(), "deployment.yaml.gotmpl", map[string]any{
		"package": map[string]any{"metadata": map[string]any{"name": "shop"}},
		"config":  map[string]any{"replicas": int64(3)},
	}, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(string(output))
	// Output:
	// metadata:
	//   labels:
	//     app: shop
	// spec:
	//   replicas: 3
}

func ExampleCompile_findings() {
	_, found := template.Compile(map[string][]byte{
		"a.yaml.gotmpl": []byte("host: {{ env \"HOSTNAME\" }}\nname: {{ .config.name | tolower }}\n"),
	}, template.Options{})
	for _, finding := range found {
		fmt.Println(finding.Position, finding.Message)
	}
	// Output:
	// a.yaml.gotmpl:1:10 function "env" is not available: it reads the machine
	// a.yaml.gotmpl:2:25 function "tolower" does not exist
}

func ExampleSet_Execute_missingKey() {
	set, _ := template.Compile(map[string][]byte{
		"a.yaml.gotmpl": []byte("name: {{ .config.nmae }}\n"),
	}, template.Options{})
	_, err := set.Execute(context.Background(), "a.yaml.gotmpl", map[string]any{"config": map[string]any{"name": "shop"}}, nil)
	fmt.Println(err)
	// Output:
	// a.yaml.gotmpl:1:10: there is no key "nmae" (did you mean "name"?) [template-execute]
}

func ExampleSet_Trace() {
	set, _ := template.Compile(map[string][]byte{
		"_helpers.gotmpl": []byte("{{ define \"labels\" }}app: shop\ntier: web{{ end }}"),
		"a.yaml.gotmpl":   []byte("labels:\n{{ include \"labels\" . | indent 2 }}\n"),
	}, template.Options{})
	sources, err := set.Trace(context.Background(), "a.yaml.gotmpl", nil, nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("line 3 of the output comes from", sources.Position(3, 3))
	// Output:
	// line 3 of the output comes from _helpers.gotmpl:2:1
}
