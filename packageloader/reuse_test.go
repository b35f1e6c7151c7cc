package packageloader_test

import (
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packageloader"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
	"github.com/packstage/packstage/validate"
	"github.com/packstage/packstage/validate/kubernetes"
)

// counted compiles a package whose templates can call number, which counts its calls,
// and note, which counts others and writes nothing.
func counted(t *testing.T, files map[string]string, rules ...validate.Rule) (renderer *packageloader.Renderer, notes *atomic.Int64) {
	t.Helper()
	var numbers atomic.Int64
	notes = &atomic.Int64{}
	renderer, err := packageloader.Compile(load(t, files), packageloader.Options{Rules: rules, Functions: []template.Function{
		{Name: "number", Deterministic: true, Implementation: func() int64 { return numbers.Add(1) }},
		{Name: "note", Deterministic: true, Implementation: func() string { notes.Add(1); return "" }},
	}})
	require.NoError(t, err)
	return renderer, notes
}

const greetingSchema = `  config:
    openAPIV3Schema:
      type: object
      properties: {greeting: {type: string, default: Hello}}
`

// greeting has a template of its configuration, one of nothing and one without objects.
var greeting = map[string]string{
	"manifest.yaml":    testManifest + greetingSchema,
	"a.yaml.gotmpl":    "{{ note }}" + configMap("a", "deploy") + "data: {greeting: {{ .config.greeting }}}\n",
	"b.yaml.gotmpl":    "{{ note }}" + configMap("b", "deploy"),
	"NOTES.txt.gotmpl": "{{ note }}{{ number }}",
	"c.yaml":           configMap("c", "prepare"),
}

func withGreeting(text string) packagetypes.Context {
	return packagetypes.Context{Config: map[string]any{"greeting": text}}
}

func TestReusingRendersTheSame(t *testing.T) {
	t.Parallel()
	renderer, notes := counted(t, greeting)
	reusing := renderer.Reusing(&packageloader.Reuse{})
	render := func(r *packageloader.Renderer, c packagetypes.Context) *packagetypes.Instance {
		instance, err := r.Render(t.Context(), c)
		require.NoError(t, err)
		return instance
	}
	first := render(reusing, withGreeting("Hi"))
	require.EqualValues(t, 3, notes.Load())
	again := render(reusing.Shuffled(1, 2), withGreeting("Hi"))
	require.Same(t, first, again)
	require.EqualValues(t, 6, notes.Load(), "all templates are executed")

	other := render(reusing, withGreeting("Bye"))
	require.NotSame(t, first, other)
	require.Equal(t, render(renderer, withGreeting("Bye")).Digest(), other.Digest())

	// What templates see is the same, the instance is not.
	scoped := withGreeting("Bye")
	scoped.Environment.Kubernetes.Version = "v1.36.0"
	require.NotSame(t, other, render(reusing, scoped))
	written := packagetypes.Context{Config: map[string]any{"greeting": "Hello"}}
	defaulted := render(reusing, packagetypes.Context{})
	require.NotSame(t, defaulted, render(reusing, written))
	require.Equal(t, render(renderer, written).Digest(), defaulted.Digest())
}

func TestReusingSeesWhatDiffers(t *testing.T) {
	t.Parallel()
	files := map[string]string{
		"manifest.yaml": testManifest, "a.yaml.gotmpl": configMap("a", "deploy") + "data: {made: \"{{ number }}\"}\n",
		"b.yaml.gotmpl": configMap("b", "deploy"),
	}
	renderer, _ := counted(t, files)
	reusing := renderer.Reusing(&packageloader.Reuse{})
	for _, number := range []string{"1", "2"} {
		instance, err := reusing.Render(t.Context(), packagetypes.Context{})
		require.NoError(t, err)
		require.Equal(t, map[string]any{"made": number}, instance.Phases[0].Objects[0].Content()["data"])
	}
	// A render that fails leaves nothing, and takes nothing for its errors.
	files["a.yaml.gotmpl"] = "{{ if gt number 1 }}{{ fail \"more than one\" }}{{ end }}" + configMap("a", "deploy")
	renderer, _ = counted(t, files)
	reusing = renderer.Reusing(&packageloader.Reuse{})
	_, err := reusing.Render(t.Context(), packagetypes.Context{})
	require.NoError(t, err)
	_, err = reusing.Render(t.Context(), packagetypes.Context{})
	require.ErrorIs(t, err, diagnostic.TemplateExecute)
}

// again is a rule that finds nothing, and counts how often it is asked about instances.
type again struct {
	validate.Rule
	asked *atomic.Int64
}

func (a again) Check(subject validate.Subject) diagnostic.Diagnostics {
	if subject.Instance != nil {
		a.asked.Add(1)
	}
	return nil
}

// trusted is one that says that it is deterministic.
type trusted struct{ again }

func (t trusted) DeterministicRule() validate.Rule { return t }

// embedding inherits what trusted says about itself, and cannot be compared with it.
type embedding struct {
	trusted
	more []validate.Rule
}

func (e embedding) Check(subject validate.Subject) diagnostic.Diagnostics {
	return validate.Run(subject, e.more...)
}

func TestReusingAsksRulesOfTheCallerAgain(t *testing.T) {
	t.Parallel()
	checker := kubernetes.New(kubernetes.Options{AsWarnings: true})
	for name, test := range map[string]struct {
		rules func(again) []validate.Rule
		asked int64
	}{
		"a rule":                      {func(a again) []validate.Rule { return []validate.Rule{checker, a} }, 2},
		"one that embeds the checker": {func(a again) []validate.Rule { a.Rule = checker; return []validate.Rule{a} }, 2},
		"deterministic":               {func(a again) []validate.Rule { return []validate.Rule{checker, trusted{a}} }, 1},
		"one that embeds such a rule": {func(a again) []validate.Rule { return []validate.Rule{embedding{trusted{a}, []validate.Rule{a}}} }, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			rule := again{asked: &atomic.Int64{}}
			renderer, notes := counted(t, greeting, test.rules(rule)...)
			reusing := renderer.Reusing(&packageloader.Reuse{})
			first, err := reusing.Render(t.Context(), packagetypes.Context{})
			require.NoError(t, err)
			second, err := reusing.Render(t.Context(), packagetypes.Context{})
			require.NoError(t, err)
			require.EqualValues(t, 6, notes.Load())
			require.Equal(t, test.asked, rule.asked.Load())
			require.Equal(t, test.asked == 1, first == second)
			require.Equal(t, first.Digest(), second.Digest())
			require.Equal(t, first.Warnings, second.Warnings)
		})
	}
}

// What a rule finds the second time is found.
func TestReusingSeesARuleThatIsNotDeterministic(t *testing.T) {
	t.Parallel()
	var asked atomic.Int64
	fickle := validate.RuleFunc(func(subject validate.Subject) diagnostic.Diagnostics {
		if subject.Instance == nil || asked.Add(1) < 2 {
			return nil
		}
		return diagnostic.Diagnostics{{Code: "example/no", Message: "no"}}
	})
	renderer, _ := counted(t, greeting, fickle)
	reusing := renderer.Reusing(&packageloader.Reuse{})
	_, err := reusing.Render(t.Context(), packagetypes.Context{})
	require.NoError(t, err)
	_, err = reusing.Render(t.Context(), packagetypes.Context{})
	require.ErrorContains(t, err, "example/no")
}

func TestReusingKeepsNoErrors(t *testing.T) {
	t.Parallel()
	refuse := validate.RuleFunc(func(subject validate.Subject) diagnostic.Diagnostics {
		if subject.Instance == nil {
			return nil
		}
		return diagnostic.Diagnostics{{Code: "example/no", Message: "no"}}
	})
	renderer, _ := counted(t, greeting, refuse)
	reusing := renderer.Reusing(&packageloader.Reuse{})
	for range 2 {
		_, err := reusing.Render(t.Context(), packagetypes.Context{})
		require.ErrorContains(t, err, "example/no")
	}
}

func TestReusingCounts(t *testing.T) {
	t.Parallel()
	renderer, _ := counted(t, map[string]string{
		"manifest.yaml": testManifest + greetingSchema,
		"a.yaml.gotmpl": configMap("a", "deploy") + "    package-operator.run/condition: config.greeting == 'Hello'\n",
	})
	reusing := renderer.Reusing(&packageloader.Reuse{})
	_, err := reusing.Render(t.Context(), packagetypes.Context{})
	require.NoError(t, err)
	plain, reused := renderer.NewCoverage(), renderer.NewCoverage()
	_, err = renderer.RenderCovered(t.Context(), packagetypes.Context{}, plain)
	require.NoError(t, err)
	_, err = reusing.RenderCovered(t.Context(), packagetypes.Context{}, reused)
	require.NoError(t, err)
	require.Equal(t, plain.Templates().Counts(), reused.Templates().Counts())
	require.Equal(t, plain.Conditions(), reused.Conditions())
	require.EqualValues(t, 1, reused.Conditions()[0].True)
}

func TestReuseIsOfOnePackage(t *testing.T) {
	t.Parallel()
	files := map[string]string{"a.yaml.gotmpl": configMap("a", "deploy")}
	one, _ := counted(t, files)
	files["z.yaml"] = configMap("z", "deploy")
	two, _ := counted(t, files)
	reuse := &packageloader.Reuse{}
	for i, renderer := range []*packageloader.Renderer{one, two} {
		instance, err := renderer.Reusing(reuse).Render(t.Context(), packagetypes.Context{})
		require.NoError(t, err)
		require.Len(t, instance.Phases[0].Objects, i+1)
	}
}

func TestGoldenFilesThatReuseFailTheSame(t *testing.T) {
	t.Parallel()
	renderer, _ := counted(t, map[string]string{
		"a.yaml.gotmpl": "{{ if not .package.metadata.name }}{{ fail \"no name\" }}{{ end }}" + configMap("a", "deploy"),
		"b.yaml.gotmpl": configMap("b", "deploy") + "data: {a: x, a: y}\n", // a warning
	})
	_, want := renderer.RenderFiles(t.Context(), packagetypes.Context{})
	require.ErrorIs(t, want, diagnostic.TemplateExecute)
	reusing := renderer.Reusing(&packageloader.Reuse{})
	_, err := reusing.Render(t.Context(), packagetypes.Context{})
	require.NoError(t, err)
	_, have := reusing.RenderFiles(t.Context(), packagetypes.Context{})
	require.Equal(t, want, have)
}

func TestGoldenFilesReuseARender(t *testing.T) {
	t.Parallel()
	const lock = "apiVersion: manifests.package-operator.run/v1alpha1\nkind: PackageManifestLock\n" +
		"spec:\n  images: [{name: web, image: \"nginx:1\", digest: \"sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\"}]\n"
	locked := map[string]string{"manifest.lock.yaml": lock}
	for path, content := range greeting {
		locked[path] = content
	}
	locked["manifest.yaml"] += "  images: [{name: web, image: \"nginx:1\"}]\n"
	locked["b.yaml.gotmpl"] += "    package-operator.run/condition: images.web.startsWith('registry.')\n"
	locked["c.yaml"] += "    package-operator.run/condition: images.web.startsWith('registry.')\n"
	named := withGreeting("Hi")
	named.Package.Metadata.Name, named.Package.Metadata.Namespace = "demo", "shop"
	for name, test := range map[string]struct {
		files   map[string]string
		context packagetypes.Context
		notes   int64
		paths   string
	}{
		"nothing differs":  {greeting, named, 0, "a.yaml b.yaml c.yaml"},
		"without defaults": {greeting, withGreeting("Hi"), 3, "a.yaml b.yaml c.yaml"},
		"another image":    {locked, named, 3, "a.yaml b.yaml c.yaml"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			renderer, notes := counted(t, test.files)
			want, err := renderer.RenderFiles(t.Context(), test.context)
			require.NoError(t, err)
			reusing := renderer.Reusing(&packageloader.Reuse{})
			instance, err := reusing.Render(t.Context(), test.context)
			require.NoError(t, err)
			notes.Store(0)
			have, err := reusing.Shuffled(1, 2).RenderFiles(t.Context(), test.context)
			require.NoError(t, err)
			require.Equal(t, test.notes, notes.Load())
			require.Equal(t, want, have)
			var paths []string
			for _, file := range have {
				paths = append(paths, file.Path)
			}
			require.Equal(t, test.paths, strings.Join(paths, " "))
			again, err := reusing.Render(t.Context(), test.context)
			require.NoError(t, err)
			require.Same(t, instance, again, "golden files leave nothing")
		})
	}
}
