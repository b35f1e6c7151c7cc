package packagetypes

import "fmt"

// Limits bounds what a package may make of a machine. Each field is a number of
// bytes unless it says otherwise; zero means the default.
//
// The limits exist so that hostile input ends in an error, not in a machine
// without memory. They are counts, never seconds: whether a package renders
// must not depend on the machine. Time is bounded by the caller's context.
type Limits struct {
	// CompressedImage bounds all layers of an image as they are stored. Default 64 MiB.
	CompressedImage int64
	// UncompressedImage bounds all files of a package together. Default 256 MiB.
	UncompressedImage int64
	// File bounds one file. Default 16 MiB.
	File int64
	// Files is the number of files. Default 20,000.
	Files int64
	// PathBytes bounds one path. Default 512.
	PathBytes int64
	// PathDepth is the number of elements of one path. Default 32.
	PathDepth int64
	// CompressionRatio bounds how many bytes one compressed byte may unpack to,
	// counted above 1 MiB of output. Default 200.
	CompressionRatio int64
	// Config bounds a configuration or a context, as YAML or JSON. Default 4 MiB.
	Config int64
	// TemplateOutput bounds what one template file writes. Default 16 MiB.
	TemplateOutput int64
	// TotalOutput bounds what all template files of a render write. Default 256 MiB.
	TotalOutput int64
	// IncludeDepth is how deep include and template calls may nest. Default 1,000.
	IncludeDepth int64
	// TemplateSteps is the number of template bodies and loop rounds that one
	// render may run. Default 10,000,000.
	TemplateSteps int64
	// CELCost bounds the evaluation of one CEL expression, in cel-go's cost
	// units. Default 100,000.
	CELCost int64
	// YAMLAliasNodes is the number of nodes that the aliases of one document
	// may expand to. Default 100,000.
	YAMLAliasNodes int64
	// YAMLDepth is how deep the nodes of one document may nest. Default 200.
	YAMLDepth int64
	// Objects is the number of objects that one render may make. Default 20,000.
	Objects int64
}

// DefaultLimits returns the limits that hold where nothing else is said.
func DefaultLimits() Limits {
	const mebibyte = 1 << 20
	return Limits{
		CompressedImage:   64 * mebibyte,
		UncompressedImage: 256 * mebibyte,
		File:              16 * mebibyte,
		Files:             20_000,
		PathBytes:         512,
		PathDepth:         32,
		CompressionRatio:  200,
		Config:            4 * mebibyte,
		TemplateOutput:    16 * mebibyte,
		TotalOutput:       256 * mebibyte,
		IncludeDepth:      1_000,
		TemplateSteps:     10_000_000,
		CELCost:           100_000,
		YAMLAliasNodes:    100_000,
		YAMLDepth:         200,
		Objects:           20_000,
	}
}

// WithDefaults returns the limits with each zero field set to its default.
func (l Limits) WithDefaults() Limits {
	d := DefaultLimits()
	for _, pair := range []struct{ value, fallback *int64 }{
		{&l.CompressedImage, &d.CompressedImage},
		{&l.UncompressedImage, &d.UncompressedImage},
		{&l.File, &d.File},
		{&l.Files, &d.Files},
		{&l.PathBytes, &d.PathBytes},
		{&l.PathDepth, &d.PathDepth},
		{&l.CompressionRatio, &d.CompressionRatio},
		{&l.Config, &d.Config},
		{&l.TemplateOutput, &d.TemplateOutput},
		{&l.TotalOutput, &d.TotalOutput},
		{&l.IncludeDepth, &d.IncludeDepth},
		{&l.TemplateSteps, &d.TemplateSteps},
		{&l.CELCost, &d.CELCost},
		{&l.YAMLAliasNodes, &d.YAMLAliasNodes},
		{&l.YAMLDepth, &d.YAMLDepth},
		{&l.Objects, &d.Objects},
	} {
		if *pair.value == 0 {
			*pair.value = *pair.fallback
		}
	}
	return l
}

// LimitError says that an input is larger than a limit allows.
type LimitError struct {
	// Limit is the name of the field of [Limits], such as "CompressionRatio".
	Limit string
	// Value is what was found; where reading stopped at the limit, the smallest
	// number that it can be.
	Value int64
	// Max is the limit.
	Max int64
}

// Error names the limit, what was found and what is allowed.
func (e *LimitError) Error() string {
	unit := ""
	switch e.Limit {
	case "CompressedImage", "UncompressedImage", "File", "PathBytes", "Config", "TemplateOutput", "TotalOutput":
		unit = " bytes"
	}
	return fmt.Sprintf("limit %s exceeded: %d is more than %d%s", e.Limit, e.Value, e.Max, unit)
}
