package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"
)

// sampleRequest asks for one sample of a stage.
type sampleRequest struct{ Set, Stage string }

// sampleAnswer is a cost, or why there is none.
type sampleAnswer struct {
	Time, Processor    time.Duration
	Bytes, Allocations int64
	Error              string `json:",omitempty"`
}

// sampler is a process that measures when it is asked to, and otherwise does nothing.
type sampler struct {
	program  string
	command  *exec.Cmd
	requests io.WriteCloser
	answers  *json.Decoder
}

func startSampler(ctx context.Context, program string, messages io.Writer) (*sampler, error) {
	s := &sampler{program: program, command: exec.CommandContext(ctx, program, "guard", "-samples")}
	s.command.Stderr = messages
	answers, err := s.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	s.answers = json.NewDecoder(answers)
	if s.requests, err = s.command.StdinPipe(); err != nil {
		return nil, err
	}
	return s, s.command.Start()
}

func (s *sampler) sample(request sampleRequest) (cost, error) {
	if err := json.NewEncoder(s.requests).Encode(request); err != nil {
		return cost{}, fmt.Errorf("%s: %w", s.program, err)
	}
	var answer sampleAnswer
	if err := s.answers.Decode(&answer); err != nil {
		return cost{}, fmt.Errorf("%s: %w", s.program, err)
	}
	if answer.Error != "" {
		return cost{}, fmt.Errorf("%s: %s", s.program, answer.Error)
	}
	return cost{time: answer.Time, processor: answer.Processor, bytes: answer.Bytes, allocations: answer.Allocations}, nil
}

// close ends the process.
func (s *sampler) close() error { return errors.Join(s.requests.Close(), s.command.Wait()) }

// answerSamples is the program as a sampler, until there are no more requests.
func answerSamples(ctx context.Context, requests io.Reader, answers io.Writer) (err error) {
	decoder, encoder := json.NewDecoder(requests), json.NewEncoder(answers)
	var current answering
	defer func() { err = errors.Join(err, current.close()) }()
	for {
		var request sampleRequest
		if err := decoder.Decode(&request); err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		c, err := current.sample(ctx, request)
		answer := sampleAnswer{Time: c.time, Processor: c.processor, Bytes: c.bytes, Allocations: c.allocations}
		if err != nil {
			answer.Error = err.Error()
		}
		if err := encoder.Encode(answer); err != nil {
			return err
		}
	}
}

// answering is the set that a sampler was asked for last.
type answering struct {
	last        sampleRequest
	set         *measuredSet
	collections collections
}

func (a *answering) sample(ctx context.Context, request sampleRequest) (cost, error) {
	if request.Set != a.last.Set {
		if err := a.close(); err != nil {
			return cost{}, err
		}
		set, err := openMeasuredSet(ctx, request.Set)
		if err != nil {
			return cost{}, err
		}
		a.set = set
	}
	if request != a.last {
		a.last, a.collections = request, collections{}
	}
	w, ok := a.set.stages[request.Stage]
	if !ok {
		return cost{}, fmt.Errorf("there is no stage %q", request.Stage)
	}
	if err := a.collections.between(w); err != nil {
		return cost{}, err
	}
	return w.sampled(pairTime)
}

func (a *answering) close() error {
	if a.set == nil {
		return nil
	}
	set := a.set
	a.set, a.last = nil, sampleRequest{}
	return set.close()
}
