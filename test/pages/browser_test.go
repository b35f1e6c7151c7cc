package pages

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// errNoBrowser says that there is none on this machine.
var errNoBrowser = errors.New("chromium is missing: apt-get install chromium fonts-dejavu-core")

// running is the one browser of all tests, each of which has tabs of its own in it.
// It is started by the first that asks for it.
var running = sync.OnceValues(func() (context.Context, error) {
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		return nil, errNoBrowser
	}
	folder, err := os.MkdirTemp("", "packstage-pages-")
	if err != nil {
		return nil, err
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.UserDataDir(folder),
		chromedp.Env("LC_ALL=C.UTF-8"), chromedp.Flag("force-color-profile", "srgb"),
		chromedp.WSURLReadTimeout(5*time.Minute))
	allocator, cancelAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	browser, cancelBrowser := chromedp.NewContext(allocator)
	stop = func() {
		_ = chromedp.Cancel(browser) // waits for the program to end before its folder goes
		cancelBrowser()
		cancelAllocator()
		_ = os.RemoveAll(folder)
	}
	return browser, chromedp.Run(browser)
})

// stop ends the browser, if there is one.
var stop = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stop()
	os.Exit(code)
}

// browserOf returns the browser. Without one the test is skipped, but not in CI.
func browserOf(t *testing.T) context.Context {
	t.Helper()
	browser, err := running()
	if errors.Is(err, errNoBrowser) && os.Getenv("CI") != "true" {
		t.Skip(err)
	}
	require.NoError(t, err)
	return browser
}

// tab is an open page. What it says on the console, and what it asks the network for,
// is kept.
type tab struct {
	t   *testing.T
	ctx context.Context
	url string

	mutex    sync.Mutex
	messages []string
	requests []string
}

// size of a window.
type size struct{ width, height int64 }

var (
	desktop = size{1280, 900}
	phone   = size{390, 844}
)

// open opens a file in a tab of its own.
func open(t *testing.T, browser context.Context, file string, window size, more ...chromedp.Action) *tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	absolute, err := filepath.Abs(file)
	require.NoError(t, err)
	o := &tab{t: t, ctx: ctx, url: "file://" + absolute}
	chromedp.ListenTarget(ctx, o.listen)
	actions := []chromedp.Action{network.Enable(), log.Enable(), emulation.SetDeviceMetricsOverride(window.width, window.height, 1, window == phone)}
	actions = append(actions, more...)
	actions = append(actions, chromedp.Navigate(o.url), chromedp.WaitReady("body"))
	require.NoError(t, chromedp.Run(ctx, actions...))
	return o
}

func (o *tab) listen(event any) {
	o.mutex.Lock()
	defer o.mutex.Unlock()
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		o.messages = append(o.messages, "exception: "+event.ExceptionDetails.Error())
	case *runtime.EventConsoleAPICalled:
		var parts []string
		for _, argument := range event.Args {
			parts = append(parts, string(argument.Value))
		}
		o.messages = append(o.messages, "console."+string(event.Type)+": "+strings.Join(parts, " "))
	case *log.EventEntryAdded:
		o.messages = append(o.messages, "log: "+event.Entry.Text)
	case *page.EventJavascriptDialogOpening:
		o.messages = append(o.messages, "dialog: "+event.Message)
		go func() { _ = chromedp.Run(o.ctx, page.HandleJavaScriptDialog(true)) }()
	case *network.EventRequestWillBeSent:
		address := event.Request.URL
		if i := strings.IndexByte(address, '#'); i >= 0 {
			address = address[:i]
		}
		local := strings.HasPrefix(address, "data:") || strings.HasPrefix(address, "blob:")
		if address != o.url && !local {
			o.requests = append(o.requests, address)
		}
	}
}

// quiet wants that the page said nothing and asked for nothing.
func (o *tab) quiet() {
	o.t.Helper()
	o.mutex.Lock()
	defer o.mutex.Unlock()
	assert.Empty(o.t, o.messages, "the console")
	assert.Empty(o.t, o.requests, "requests")
}

func (o *tab) do(actions ...chromedp.Action) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.ctx, 5*time.Minute)
	defer cancel()
	require.NoError(o.t, chromedp.Run(ctx, actions...))
}

// eval runs a program in the page and returns what it gives.
func eval[T any](o *tab, program string) T {
	o.t.Helper()
	var result T
	o.do(chromedp.Evaluate(program, &result, func(p *runtime.EvaluateParams) *runtime.EvaluateParams { return p.WithAwaitPromise(true) }))
	return result
}

// until waits for something to become true.
func (o *tab) until(condition, why string) {
	o.t.Helper()
	o.do(chromedp.Poll(condition, nil, chromedp.WithPollingTimeout(2*time.Minute)))
	require.True(o.t, eval[bool](o, "Boolean("+condition+")"), why)
}

// press presses a key as a keyboard does: a page that handles it keeps it from being
// typed.
func press(key, text string) chromedp.Action {
	return chromedp.ActionFunc(func(ctx context.Context) error {
		code := map[string]int64{"Enter": 13, "/": 191}[key]
		down := input.DispatchKeyEvent(input.KeyDown).WithKey(key).WithText(text).WithWindowsVirtualKeyCode(code)
		if err := down.Do(ctx); err != nil {
			return err
		}
		return input.DispatchKeyEvent(input.KeyUp).WithKey(key).WithWindowsVirtualKeyCode(code).Do(ctx)
	})
}

func slash() chromedp.Action { return press("/", "/") }
func enter() chromedp.Action { return press("Enter", "\r") }

// screenshot writes a picture of the page to where $PACKSTAGE_SCREENSHOTS says, or to
// a temporary folder.
func (o *tab) screenshot(name string) {
	o.t.Helper()
	folder := os.Getenv("PACKSTAGE_SCREENSHOTS")
	if folder == "" {
		folder = o.t.TempDir()
	}
	var picture []byte
	o.do(chromedp.CaptureScreenshot(&picture))
	require.NotEmpty(o.t, picture)
	require.NoError(o.t, os.WriteFile(filepath.Join(folder, name+".png"), picture, 0o644))
}
