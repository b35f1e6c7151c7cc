package packageloader

import (
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/gobwas/glob"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/packagetypes"
	"github.com/packstage/packstage/template"
	"github.com/packstage/packstage/validate"
)

// Options says how a package is compiled and rendered. The zero value is the
// documented default of each field.
type Options struct {
	// Limits bounds the render; zero fields are defaults.
	Limits packagetypes.Limits
	// UnknownConfig says what happens to configuration keys that the schema does
	// not have; default is to refuse them.
	UnknownConfig packagetypes.UnknownConfig
	// Functions are added to those that templates can use.
	Functions []template.Function
	// Rules are run over the package when it is compiled and over each instance
	// when it is rendered, beside those of package validate.
	Rules []validate.Rule
	// Shared is what the package has in common with others that are compiled with
	// it; nil shares nothing.
	Shared *Shared
	// Parallelism is how many goroutines work at the same time; 0 is one for
	// each processor that Go uses.
	Parallelism int
}

// Renderer is a compiled package. It is immutable and safe for concurrent use;
// rendering pays only for what depends on the context.
type Renderer struct {
	pkg        *packagetypes.Package
	options    Options
	phases     []string
	config     *validate.ConfigSchema
	conditions *conditionCompiler
	paths      []pathFilter
	templates  *template.Set
	// files holds the static files, and for each template that makes objects its
	// place in the order, with no objects yet.
	files []compiledFile
	// order is that in which templates are executed; nil is that of the files.
	order []int
	// reuse is what renders leave to one another; nil is nothing.
	reuse *Reuse
	// static holds the keys of all static objects.
	static               map[validate.ObjectKey]struct{}
	images, dependencies map[string]string
	warnings             diagnostic.Diagnostics
	// referred is what the package refers to, found out on the first use.
	referred func() *References
}

type compiledFile struct {
	objectFile
	// template is the path of the template that makes the file, or "".
	template string
	// emits tells whether the output of the template holds objects.
	emits bool
	// filters are indexes of the path filters that match the file.
	filters []int
}

type pathFilter struct {
	glob       *glob.Pattern
	expression string
}

const templateSuffix = ".gotmpl"

// Compile prepares a package for rendering: it checks the manifest, parses
// templates and static files and compiles the configuration schema and the
// conditions. The package is one that [Load] or [LoadAll] returned. The error is
// a [diagnostic.Diagnostics] with everything that is wrong.
func Compile(pkg *packagetypes.Package, options Options) (*Renderer, error) {
	if pkg == nil || pkg.Manifest == nil || pkg.Files == nil {
		return nil, errors.New("compile a package: it was not made by Load")
	}
	options.Limits = options.Limits.WithDefaults()
	if options.Parallelism <= 0 {
		options.Parallelism = runtime.GOMAXPROCS(0)
	}
	if options.Shared == nil {
		options.Shared = NewShared()
	}
	r := &Renderer{pkg: pkg, options: options}
	r.conditions = &conditionCompiler{base: &options.Shared.conditions, costLimit: options.Limits.CELCost}
	for _, phase := range pkg.Manifest.Spec.Phases {
		r.phases = append(r.phases, phase.Name)
	}
	found := slices.Clone(pkg.Warnings)
	steps := []func() diagnostic.Diagnostics{
		func() diagnostic.Diagnostics { return validate.Run(validate.Subject{Package: pkg}, r.rules()...) },
		r.compileConfig, r.compileFilter, r.compileTemplates, r.compileFiles,
	}
	results := make([]diagnostic.Diagnostics, len(steps))
	forEach(options.Parallelism, len(steps), func(i int) { results[i] = steps[i]() })
	for _, result := range results {
		found = append(found, result...)
	}
	found = validate.Complete(pkg, found)
	if err := found.Err(); err != nil {
		return nil, err
	}
	r.matchPathFilters()
	r.images, r.dependencies = LockedImages(pkg)
	r.warnings = found
	r.referred = sync.OnceValue(r.refer)
	return r, nil
}

// Package returns the package that was compiled.
func (r *Renderer) Package() *packagetypes.Package { return r.pkg }

// ConfigSchema returns the compiled schema of the package's configuration: to
// admit a configuration without a render, or to find the type of a value.
func (r *Renderer) ConfigSchema() *validate.ConfigSchema { return r.config }

// Warnings returns what was found but did not keep the package from compiling.
func (r *Renderer) Warnings() diagnostic.Diagnostics { return slices.Clone(r.warnings) }

func (r *Renderer) rules() []validate.Rule {
	return append(validate.PackageRules(), r.options.Rules...)
}

func (r *Renderer) compileConfig() diagnostic.Diagnostics {
	var found diagnostic.Diagnostics
	r.config, found = validate.CompileConfigSchema(r.pkg.Manifest.Spec.Config.OpenAPIV3Schema,
		validate.ConfigSchemaOptions{Limits: r.options.Limits, Shared: &r.options.Shared.config})
	return found
}

func (r *Renderer) compileTemplates() diagnostic.Diagnostics {
	sources := map[string][]byte{}
	for _, path := range r.pkg.Files.Paths() {
		if strings.HasSuffix(path, templateSuffix) {
			sources[path], _ = r.pkg.Files.Read(path)
		}
	}
	var found diagnostic.Diagnostics
	r.templates, found = template.Compile(sources, template.Options{
		Limits: r.options.Limits, Functions: r.options.Functions, Files: r.pkg.Files,
	})
	return found
}

// compileFiles lists all files that hold objects in order and reads the static
// ones. Where the output of a template has the name of a static file, the
// template wins.
func (r *Renderer) compileFiles() diagnostic.Diagnostics {
	byPath := map[string]compiledFile{}
	for _, path := range r.pkg.Files.Paths() {
		output, isTemplate := strings.CutSuffix(path, templateSuffix)
		file := compiledFile{objectFile: objectFile{path: output, source: path}, emits: r.holdsObjects(output)}
		if isTemplate {
			file.template = path
		} else if _, overridden := byPath[output]; overridden || !file.emits {
			continue
		}
		byPath[output] = file
	}
	for _, file := range byPath {
		r.files = append(r.files, file)
	}
	slices.SortFunc(r.files, func(a, b compiledFile) int { return packagetypes.ComparePaths(a.path, b.path) })
	results := make([]diagnostic.Diagnostics, len(r.files))
	forEach(r.options.Parallelism, len(r.files), func(i int) {
		file := &r.files[i]
		if file.template != "" {
			return
		}
		data, _ := r.pkg.Files.Read(file.source)
		file.objectFile, results[i] = objectReader{phases: r.phases, limits: r.options.Limits}.read(file.path, file.source, data)
		results[i] = append(results[i], r.checkConditions(file.objectFile, data)...)
	})
	var found diagnostic.Diagnostics
	r.static = map[validate.ObjectKey]struct{}{}
	total := 0
	for i, file := range r.files {
		found = append(found, results[i]...)
		total += len(file.objects)
		for _, object := range file.objects {
			r.static[object.key] = struct{}{}
		}
	}
	if limit := r.options.Limits.Objects; int64(total) > limit {
		found = append(found, packagetypes.LimitDiagnostic(diagnostic.Position{}, "Objects", int64(total), limit))
	}
	return append(found, duplicates(r.files)...)
}

// holdsObjects tells whether a file, or the output of a template, holds objects
// by its name.
func (r *Renderer) holdsObjects(path string) bool {
	if !strings.HasSuffix(path, ".yaml") && !strings.HasSuffix(path, ".yml") {
		return false
	}
	switch path {
	case "manifest.yaml", "manifest.yml", "manifest.lock.yaml", "manifest.lock.yml":
		return false
	}
	return !strings.HasPrefix(path[strings.LastIndexByte(path, '/')+1:], "_")
}

func (r *Renderer) matchPathFilters() {
	for i := range r.files {
		for j, filter := range r.paths {
			if filter.glob.Match(r.files[i].path) {
				r.files[i].filters = append(r.files[i].filters, j)
			}
		}
	}
}
