package template

import "bytes"

// sink is the writer of an execution: it collects output and handles markers.
type sink struct {
	e    *execution
	data []byte
	// marks tell where each piece of output begins.
	marks []mark
	// top tells that this is the output of the file, not of an include.
	top bool
	// mapped tells that marks are wanted.
	mapped bool
}

// mark says that the output from offset on, up to the next mark, was written by
// what origin stands for.
type mark struct {
	offset int
	origin origin
	// shift is how many bytes into the text of the node the output begins.
	shift int
}

// noValue is what text/template prints for values that are not there.
var noValue = []byte("<no value>")

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	e := s.e
	if number, ok := e.program.markers.find(p); ok {
		return len(p), e.pass(number)
	}
	if len(p) == 0 {
		return 0, nil
	}
	e.recognise(p)
	size := int64(len(s.data) + len(p))
	if s.top {
		if limit := e.set.limits.TemplateOutput; size > limit {
			return 0, e.exceeded("TemplateOutput", size, limit, "the template writes too much", "")
		}
	} else if err := e.charge(int64(len(p))); err != nil {
		return 0, err
	}
	if s.mapped || e.trace != nil {
		s.place(p)
	}
	s.data = append(s.data, p...)
	return len(p), nil
}

// place records which node writes p.
func (s *sink) place(p []byte) {
	e := s.e
	if e.trace != nil && e.at.isMarker() {
		if pieces := e.trace.align(p, e.at); pieces != nil {
			for _, piece := range pieces {
				piece.offset += len(s.data)
				s.marks = append(s.marks, piece)
			}
			return
		}
	}
	// Without a trace the places of lines are wanted: what goes on in a line that
	// something else began needs no mark, unless another line begins in it.
	if e.trace == nil && len(s.data) > 0 && s.data[len(s.data)-1] != '\n' && bytes.IndexByte(p, '\n') < 0 {
		return
	}
	s.marks = append(s.marks, mark{offset: len(s.data), origin: e.at})
}
