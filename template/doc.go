// Package template is the hermetic template engine of packages: Go's
// text/template with sprig's deterministic functions, compiled once and executed
// as often as there are instances.
//
// # Hermetic
//
// What a template writes depends on its package and its data, on nothing else.
// No function reads a clock, randomness, the environment, the network or the
// file system; maps are walked in the order of their keys. [Functions] lists
// every function that there is and every one that was left out, with the reason.
//
// # Bounded
//
// Whatever a template does ends: in output, or in a finding with the code
// [diagnostic.LimitExceeded] whose cause is a *packagetypes.LimitError. The
// fields of [packagetypes.Limits] that count are
//
//   - TemplateSteps: each run of a template body and each round of a loop is a
//     step; walking values, comparing lists and matching regular expressions
//     count too, 64 units of work to the step; all files of a render share them;
//   - TemplateOutput and TotalOutput: what one file, and all files of a render,
//     may write. What the functions of one file make on the way (strings and
//     lists, dropped ones too) may come to half of TotalOutput;
//   - IncludeDepth: how deep include and template calls may nest;
//   - YAMLDepth: how deep values that functions make may nest.
//
// Blocks and parentheses nest at most 500 deep in a source, and at most 10,000
// deep over all templates that run inside one another.
//
// # Findings
//
// Positions are those of the action that fails, in the file where it stands,
// also when another file included it; the hint then says from where. Messages
// hold text of the template and names of types, never values of the data: those
// can be secrets. What `fail` says is the author's own.
package template
