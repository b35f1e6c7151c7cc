package cli

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/packstage/packstage/registry"
)

// progressLine shows on one line of a terminal how far transfers are.
type progressLine struct {
	w     io.Writer
	width int
	blobs map[string]registry.Progress
	shown time.Time
	drawn bool
}

// redrawAfter keeps the terminal from being the slowest part of a transfer.
const redrawAfter = 100 * time.Millisecond

func newProgressLine(w io.Writer, width int) *progressLine {
	if width <= 0 {
		width = 80
	}
	return &progressLine{w: w, width: width, blobs: map[string]registry.Progress{}}
}

// update takes what the client says. Calls come one at a time.
func (l *progressLine) update(progress registry.Progress) {
	l.blobs[progress.Repository+"@"+progress.Digest] = progress
	if time.Since(l.shown) < redrawAfter {
		return
	}
	l.shown, l.drawn = time.Now(), true
	text := l.text(progress.Direction)
	if len(text) >= l.width {
		text = text[:l.width-1]
	}
	fmt.Fprintf(l.w, "\r%s\x1b[K", text)
}

func (l *progressLine) text(direction registry.Direction) string {
	var complete, total int64
	finished := 0
	for _, blob := range l.blobs {
		complete += blob.Complete
		total += blob.Total
		if blob.Complete == blob.Total {
			finished++
		}
	}
	return fmt.Sprintf("%s: %d of %d blobs, %s of %s", direction, finished, len(l.blobs), byteSize(complete), byteSize(total))
}

// clear takes the line away.
func (l *progressLine) clear() {
	if l.drawn {
		fmt.Fprint(l.w, "\r\x1b[K")
		l.drawn = false
	}
}

// byteSize writes a number of bytes for people.
func byteSize(bytes int64) string {
	const step = 1024
	if bytes < step {
		return fmt.Sprintf("%d B", bytes)
	}
	value, units := float64(bytes), "KMGTPE"
	unit := -1
	for value >= step && unit < len(units)-1 {
		value /= step
		unit++
	}
	return strings.Replace(fmt.Sprintf("%.1f %ciB", value, units[unit]), ".0 ", " ", 1)
}
