// Package golden compares what a test case renders to with its golden files, and
// writes them.
//
// [Read] reads the golden files of a case, [Compare] tells what differs from what
// [packageloader.Renderer.RenderFiles] gave, and [Update] makes the golden files say
// what is rendered:
//
//	files, err := golden.Read(author, ".test-fixtures/default", packagetypes.Limits{})
//	rendered, err := renderer.RenderFiles(ctx, context)
//	for _, difference := range golden.Compare(files, rendered) {
//		fmt.Print(difference.Unified())
//	}
//
// What golden files hold is in section 12 of the format.
package golden
