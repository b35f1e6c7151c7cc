package retrying

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/packstage/packstage/installer/cluster"
)

// attempt makes a call once.
type attempt func(ctx context.Context) error

// settle is asked about a failure that does not pass after an attempt that may have
// been done: nil where it is proven that it was, the failure where it is not, and
// another error where that could not be found out.
type settle func(ctx context.Context, failure error) error

// call makes a call, repeats it, and tells of it.
func (c *client) call(ctx context.Context, call Call, try attempt, settle settle) error {
	began := c.options.Now()
	call.Err = c.repeat(ctx, &call, began, try, settle)
	if c.options.Observe != nil && call.Verb != "" {
		call.Duration = c.options.Now().Sub(began)
		c.options.Observe(call)
	}
	return call.Err
}

func (c *client) repeat(ctx context.Context, call *Call, began time.Time, try attempt, settle settle) error {
	perhapsDone := false
	bounded := map[int]int{} // how often each bound has counted
	for {
		call.Attempts++
		err := try(ctx)
		if err == nil {
			c.answered.Store(true)
			return nil
		}
		met := judge(err)
		if perhapsDone && !met.passes && settle != nil && ctx.Err() == nil {
			if err = settle(ctx, err); err == nil {
				return nil
			}
			met = judge(err)
		}
		if !met.unreachable && isAnswer(err) {
			c.answered.Store(true)
		}
		perhapsDone = perhapsDone || met.perhapsDone && !call.DryRun
		wait := c.wait(call.Attempts, err)
		spent := c.options.Now().Sub(began)
		bounded[met.attempts]++
		switch {
		case met.passes && ctx.Err() != nil:
			return c.ended(call, err, spent, ctx.Err())
		case !met.passes || c.options.For < 0,
			met.attempts > 0 && bounded[met.attempts] >= met.attempts,
			spent+wait > c.limit(met):
			return c.ended(call, err, spent, nil)
		}
		if c.options.OnRetry != nil {
			c.options.OnRetry(tellable(call, err), wait)
		}
		if interrupted := c.options.Sleep(ctx, wait); interrupted != nil {
			return c.ended(call, err, c.options.Now().Sub(began), interrupted)
		}
	}
}

// tellable returns the error of an attempt as it may be told: what a server or a webhook
// says of a Secret may quote what is in it, so of that only the reason is told.
func tellable(call *Call, err error) error {
	var status apierrors.APIStatus
	if call.Kind.Group != "" || call.Kind.Kind != "Secret" || !errors.As(err, &status) {
		return err
	}
	answer := status.Status()
	return fmt.Errorf("%s: the server answers %d %s", call.Reference, answer.Code, answer.Reason)
}

// isAnswer tells an error that a server gave from one of the way there.
func isAnswer(err error) bool {
	var status apierrors.APIStatus
	var unknown *cluster.UnknownKindError
	return errors.As(err, &status) || errors.As(err, &unknown)
}

// ended returns an error as it is where nothing was repeated.
func (c *client) ended(call *Call, err error, spent time.Duration, interrupted error) error {
	if call.Attempts == 1 && (interrupted == nil || errors.Is(err, interrupted)) {
		return err
	}
	return &failed{err: err, attempts: call.Attempts, took: spent, interrupted: interrupted}
}

// limit is how long a failure of this sort is repeated.
func (c *client) limit(met failure) time.Duration {
	if met.unreachable && !c.answered.Load() {
		return min(c.options.For, unreachableFor)
	}
	return c.options.For
}

// wait returns how long to wait after an attempt: what the server asks for, and no
// less than the back-off.
func (c *client) wait(attempts int, err error) time.Duration {
	most := lastWait
	if doublings := attempts - 1; doublings < 6 {
		most = min(lastWait, firstWait<<doublings)
	}
	wait := most/2 + time.Duration(c.options.Jitter()*float64(most/2))
	if seconds, ok := apierrors.SuggestsClientDelay(err); ok && seconds > 0 {
		asked := time.Duration(min(int64(seconds), math.MaxInt64/int64(time.Second))) * time.Second
		wait = max(wait, asked)
	}
	return wait
}
