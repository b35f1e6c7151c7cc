package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/installer"
	"github.com/packstage/packstage/installer/probe"
)

// waitFlags say how long a command waits, and for what.
type waitFlags struct {
	timeout, phaseTimeout, lockTimeout time.Duration
	output                             choice
}

// defaultPhaseTimeout is that of the library, for help.
const defaultPhaseTimeout = 5 * time.Minute

func (f *waitFlags) add(command *cobra.Command) {
	f.output = oneOf("human", "json")
	flags := command.Flags()
	flags.DurationVar(&f.timeout, "timeout", 0, "how long all phases together may take; 0 is no limit")
	flags.DurationVar(&f.phaseTimeout, "phase-timeout", defaultPhaseTimeout, "how long each phase may take; 0 is no limit")
	flags.DurationVar(&f.lockTimeout, "lock-timeout", 0, "how long to wait for another installer that works on the release; 0 gives up as soon as it is known to be alive")
	choiceFlag(command, &f.output, "output", "o", "form of the result; json prints a line for each event, and the result as the last one")
}

func (f *waitFlags) check() error {
	for _, one := range []struct {
		name  string
		value time.Duration
	}{{"timeout", f.timeout}, {"phase-timeout", f.phaseTimeout}, {"lock-timeout", f.lockTimeout}} {
		if one.value < 0 {
			return usagef("--%s %s is negative", one.name, one.value)
		}
	}
	return nil
}

// options are those of an installer that tells an observer what happens.
func (f *waitFlags) options(p *program, c *connection, observe func(installer.Event)) installer.Options {
	phaseTimeout := f.phaseTimeout
	if phaseTimeout == 0 {
		phaseTimeout = -1
	}
	return installer.Options{
		Who: p.userName(), Clusters: c.classes, PhaseTimeout: phaseTimeout, LeaseWait: f.lockTimeout, Observe: observe,
	}
}

// kindRules is the flag that says how objects without a probe are judged.
type kindRules struct{ on bool }

func (k *kindRules) add(command *cobra.Command) {
	command.Flags().BoolVar(&k.on, "kind-rules", true, "judge objects that no probe of the package selects by the rules for their kind; with --kind-rules=false they are available as soon as they exist, as with Package Operator")
}

func (k *kindRules) options() probe.Options { return probe.Options{WithoutKindRules: !k.on} }

// userName is what the history says about who did it: the name of the user on this
// machine.
func (p *program) userName() string {
	for _, name := range []string{"USER", "LOGNAME", "USERNAME"} {
		if value := p.env(name); value != "" {
			return value
		}
	}
	return ""
}

// rolloutFlags say how a revision is rolled out.
type rolloutFlags struct {
	waitFlags
	wait, atomic, force bool
	kindRules           kindRules
	historyLimit        int
	reason              string
}

// defaultHistoryLimit is that of the library, for help.
const defaultHistoryLimit = 10

func (f *rolloutFlags) add(command *cobra.Command) {
	f.waitFlags.add(command)
	f.kindRules.add(command)
	flags := command.Flags()
	flags.BoolVar(&f.wait, "wait", true, "wait for each phase; with --wait=false go as far as is possible at once, and packstage wait or the same command goes on")
	flags.BoolVar(&f.atomic, "atomic", false, "go back to the last available revision when the new one fails, and remove everything where there is none")
	flags.BoolVar(&f.force, "force-conflicts", false, "take over fields that others own")
	flags.IntVar(&f.historyLimit, "history-limit", defaultHistoryLimit, "`NUMBER` of revisions that are kept")
	flags.StringVar(&f.reason, "reason", "", "`TEXT` for the history: why")
}

func (f *rolloutFlags) check() error {
	switch {
	case f.historyLimit < 1:
		return usagef("--history-limit %d: at least the newest revision is kept", f.historyLimit)
	case f.historyLimit > installer.MaxHistoryLimit:
		return usagef("--history-limit %d: at most %d revisions are kept", f.historyLimit, installer.MaxHistoryLimit)
	case f.atomic && !f.wait:
		return usagef("--atomic has to wait for what it may have to take back; leave --wait=false out")
	}
	return f.waitFlags.check()
}

func (f *rolloutFlags) options(p *program, c *connection, observe func(installer.Event)) installer.Options {
	options := f.waitFlags.options(p, c, observe)
	options.Probe = f.kindRules.options()
	options.HistoryLimit = f.historyLimit
	return options
}

func (f *rolloutFlags) applyOptions() installer.ApplyOptions {
	return installer.ApplyOptions{Why: f.reason, Force: f.force, NoWait: !f.wait, Atomic: f.atomic, Timeout: f.timeout}
}
