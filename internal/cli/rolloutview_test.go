package cli

import (
	"errors"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/cluster"
)

// styles are the colours of a line.
var styles = regexp.MustCompile("\x1b\\[[0-9;]*m")

// played is a view on a terminal, with a clock that the test moves.
type played struct {
	t        *testing.T
	view     *rolloutView
	terminal *fakeTerminal
	screen   liveScreen
	now      time.Time
	shown    strings.Builder
}

func play(t *testing.T, width, height int, phases ...expectedPhase) *played {
	t.Helper()
	p := &played{t: t, terminal: newFakeTerminal(width, height), now: time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)}
	p.screen.w = p.terminal
	p.view = newRolloutView("shop/web", phases, true)
	p.view.begin(p.now)
	return p
}

// after moves the clock and tells the view of events.
func (p *played) after(span time.Duration, events ...installer.Event) *played {
	p.now = p.now.Add(span)
	for _, event := range events {
		event.Release = cluster.Release{Namespace: "shop", Name: "web"}
		if line := p.view.event(event, p.now); line != "" {
			p.screen.above(line)
		}
	}
	return p
}

// show draws, and keeps what is on the screen then.
func (p *played) show(title string) *played {
	lines := p.view.lines(p.now, p.terminal.width, p.terminal.height)
	for _, line := range lines {
		assert.Less(p.t, textWidth(styles.ReplaceAllString(line, "")), p.terminal.width)
	}
	p.screen.draw(lines)
	p.shown.WriteString("== " + title + "\n" + p.terminal.String())
	return p
}

func (p *played) end(done bool) *played {
	p.view.end(p.now, done)
	return p
}

// golden compares everything that was shown with a file.
func (p *played) golden(name string) {
	p.t.Helper()
	require.Empty(p.t, p.terminal.faults)
	path := "testdata/live/" + name + ".txt"
	got := p.shown.String()
	if update := flag.Lookup("update"); update != nil && update.Value.String() == "true" {
		require.NoError(p.t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(p.t, err)
	assert.Equal(p.t, string(want), got)
}

func shown(kind, name string) *cluster.Reference {
	group := ""
	if kind == "Deployment" {
		group = "apps"
	}
	reference := cluster.NewReference(schema.GroupVersionKind{Group: group, Version: "v1", Kind: kind}, "shop", name)
	return &reference
}

func applied(phase, kind, name string) installer.Event {
	return installer.Event{Type: installer.EventObject, Phase: phase, Object: shown(kind, name), Action: installer.ActionCreate}
}

func waitingFor(phase, kind, name, message string) installer.Event {
	return installer.Event{Type: installer.EventWaiting, Phase: phase, Object: shown(kind, name), Message: message}
}

func isAvailable(phase, kind, name string) installer.Event {
	return installer.Event{Type: installer.EventAvailable, Phase: phase, Object: shown(kind, name)}
}

func phaseBegins(name string, total int) installer.Event {
	return installer.Event{Type: installer.EventPhase, Phase: name, Total: total}
}

func phaseEnds(name string) installer.Event {
	return installer.Event{Type: installer.EventPhaseAvailable, Phase: name}
}

func TestViewOfARollout(t *testing.T) {
	t.Parallel()
	play(t, 72, 14, expectedPhase{"config", 2}, expectedPhase{"deploy", 3}, expectedPhase{"smoke", 1}).
		show("nothing has happened").
		after(time.Second, installer.Event{Type: installer.EventLease, Message: "another installer (host-a) has the release"}).
		show("another works on it").
		after(time.Second, installer.Event{Type: installer.EventPreflight, Done: 3, Total: 6}).
		show("it is checked").
		after(time.Second, installer.Event{Type: installer.EventRevision, Revision: 3}, phaseBegins("config", 2), applied("config", "ConfigMap", "web")).
		show("the first phase").
		after(time.Second, applied("config", "Secret", "web"), phaseEnds("config"),
			phaseBegins("deploy", 3), applied("deploy", "Service", "web"), applied("deploy", "Deployment", "web"), applied("deploy", "Deployment", "database"),
			waitingFor("deploy", "Deployment", "web", "0 of 3 replicas are available"), waitingFor("deploy", "Deployment", "database", "its controller has not seen it yet")).
		after(65*time.Second, waitingFor("deploy", "Deployment", "web", "1 of 3 replicas are available, and a message that is far too long for the line")).
		show("two are waited for").
		after(time.Second, installer.Event{Type: installer.EventWarning, Object: shown("Deployment", "web"), Message: "somebody has\ndeleted it\x1b[2J; it is made again"},
			isAvailable("deploy", "Deployment", "database")).
		show("a warning stays").
		after(time.Second, isAvailable("deploy", "Deployment", "web"), phaseEnds("deploy"), phaseBegins("smoke", 1), phaseEnds("smoke")).
		after(0, installer.Event{Type: installer.EventRemoving, Phase: "old", Total: 1}, waitingFor("old", "ConfigMap", "old", "it is being removed")).
		show("what is not wanted any more goes").
		after(time.Second, installer.Event{Type: installer.EventDeleted, Phase: "old", Object: shown("ConfigMap", "old")},
			installer.Event{Type: installer.EventKept, Phase: "old", Object: shown("Secret", "kept"), Message: "the annotation says so"},
			installer.Event{Type: installer.EventFinished}).
		end(true).show("the end").
		golden("rollout")
}

// Where nothing had to be done no phase has begun, and all are as they should be; where
// something is waited for, they are still to come.
func TestViewOfNothing(t *testing.T) {
	t.Parallel()
	for done, want := range map[bool]string{true: doneMark, false: pendingMark} {
		view := newRolloutView("shop/web", []expectedPhase{{"config", 2}, {"deploy", 3}}, false)
		view.end(time.Time{}, done)
		assert.Equal(t, []string{want + " config  2 objects", want + " deploy  3 objects"}, view.lines(time.Time{}, 40, 10)[1:])
	}
}

// A message that does not fit stands below its object while there is room, and is cut
// where there is none.
func TestViewOfALongMessage(t *testing.T) {
	t.Parallel()
	const message = ".status.updatedReplicas is 1 and .status.replicas is 3: they must be equal"
	for name, height := range map[string]int{"message-below": 10, "message-cut": 5} {
		play(t, 42, height, expectedPhase{"deploy", 1}).
			after(0, phaseBegins("deploy", 1), applied("deploy", "Deployment", "web"), waitingFor("deploy", "Deployment", "web", message)).
			show(name).golden(name)
	}
}

func TestViewOfAFailure(t *testing.T) {
	t.Parallel()
	play(t, 60, 10, expectedPhase{"deploy", 2}, expectedPhase{"smoke", 1}).
		after(0, phaseBegins("deploy", 2), applied("deploy", "Service", "web"), applied("deploy", "Deployment", "web"),
			waitingFor("deploy", "Deployment", "web", "0 of 3 replicas are available")).
		after(5*time.Minute, installer.Event{Type: installer.EventFailed, Message: "phase deploy is not available"}).
		end(false).show("it has failed").
		after(time.Second, installer.Event{Type: installer.EventRevision, Revision: 4}, phaseBegins("deploy", 2)).
		show("and goes back").
		golden("failure")
}

func TestViewOfARemoval(t *testing.T) {
	t.Parallel()
	play(t, 60, 10).
		after(0, installer.Event{Type: installer.EventRemoving, Phase: "deploy", Total: 1},
			waitingFor("deploy", "Deployment", "web", "whoever set the finalizer has to clean up first: example.com/x")).
		show("the last phase").
		after(time.Hour, installer.Event{Type: installer.EventDeleted, Phase: "deploy", Object: shown("Deployment", "web")},
			installer.Event{Type: installer.EventRemoving, Phase: "config", Total: 1},
			installer.Event{Type: installer.EventRemoving, Phase: "config", Total: 2}).
		show("the first phase, in two steps").
		after(time.Second, installer.Event{Type: installer.EventFinished}).
		end(true).show("the end").
		golden("removal")
}

// What does not fit is left out, and the drawing stays in place.
func TestViewFitsTheTerminal(t *testing.T) {
	t.Parallel()
	var phases []expectedPhase
	for _, name := range []string{"a", "b", "c", "d", "e", "f"} {
		phases = append(phases, expectedPhase{name, 4})
	}
	many := []installer.Event{phaseBegins("a", 4), phaseEnds("a"), phaseBegins("b", 4), phaseEnds("b"), phaseBegins("c", 4)}
	for _, name := range []string{"one", "two", "three", "four"} {
		many = append(many, applied("c", "ConfigMap", name))
	}
	for _, name := range []string{"two", "three", "four"} {
		many = append(many, waitingFor("c", "ConfigMap", name, "a reason"))
	}
	for _, size := range []struct{ width, height int }{{40, 12}, {40, 10}, {40, 6}, {30, 3}, {12, 2}, {4, 1}, {1, 1}} {
		p := play(t, size.width, size.height, phases...)
		p.after(0, many...).show("drawn").after(time.Second).show("drawn again")
		require.Empty(t, p.terminal.faults)
		require.Empty(t, p.terminal.scrolled, "%+v", size)
	}
	play(t, 40, 10, phases...).after(0, many...).show("ten lines").golden("ten-lines")
	play(t, 40, 6, phases...).after(0, many...).show("six lines").golden("six-lines")
}

func TestLiveLeavesTheLastState(t *testing.T) {
	t.Parallel()
	terminal := newFakeTerminal(60, 8)
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	l := startLive(terminal, newRolloutView("shop/web", []expectedPhase{{"deploy", 1}}, false), func() (int, int) { return 60, 8 }, func() time.Time { return now })
	var r reporter = l
	for _, event := range []installer.Event{phaseBegins("deploy", 1), applied("deploy", "Service", "web"), phaseEnds("deploy"), {Type: installer.EventFinished}} {
		event.Release = cluster.Release{Namespace: "shop", Name: "web"}
		r.event(event)
	}
	r.note("the API server warns")
	r.end(true)
	assert.Empty(t, terminal.faults)
	assert.Equal(t, "| the API server warns\n| shop/web                                                 0s\n| ✓ deploy  1 object                                       0s\n|\n|\n|\n|\n|\n", terminal.String())
}

func TestViewWithoutColor(t *testing.T) {
	t.Parallel()
	view := newRolloutView("shop/web", []expectedPhase{{"deploy", 1}}, false)
	for _, line := range view.lines(time.Time{}, 80, 24) {
		assert.NotContains(t, line, "\x1b")
	}
}

func TestCutToWidth(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text    string
		columns int
		want    string
	}{
		{"short", 5, "short"}, {"longer", 5, "long…"}, {"日本語", 5, "日本…"}, {"日本語", 4, "日…"}, {"x", 0, ""}, {"e\u0301e", 2, "e\u0301e"},
	} {
		assert.Equal(t, test.want, cutToWidth(test.text, test.columns))
		assert.LessOrEqual(t, textWidth(cutToWidth(test.text, test.columns)), test.columns)
	}
}

func TestSeconds(t *testing.T) {
	t.Parallel()
	for span, want := range map[time.Duration]string{
		-time.Second: "0s", 999 * time.Millisecond: "0s", 59 * time.Second: "59s", 125 * time.Second: "2m05s", 3725 * time.Second: "1h02m",
	} {
		assert.Equal(t, want, seconds(span))
	}
}

func TestResultLineSaysWhatFailed(t *testing.T) {
	t.Parallel()
	line := newResultLine(cluster.Release{Namespace: "shop", Name: "web"}, nil, errors.New("no luck"))
	assert.Equal(t, "web", line.Release.Name)
	assert.Equal(t, "no luck", line.Error)
}
