package cluster

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
)

const (
	auditPolicyFile = "audit-policy.json"
	auditLogFile    = "audit.log"
)

// AuditEvent is a request that the API server has answered.
//
// RequestReceivedTimestamp and StageTimestamp, of the server's clock, are when it
// arrived and when it was answered: what was answered before another arrived was before
// it.
type AuditEvent struct{ auditv1.Event }

// IsWrite says whether the request could change something: its verb writes and its
// address does not ask for a dry run. A dry run of a deletion asks for it in the body,
// which only the audit level Request has.
func (e AuditEvent) IsWrite() bool {
	return slices.Contains([]string{"create", "update", "patch", "delete", "deletecollection"}, e.Verb) && !e.IsDryRun()
}

// IsDryRun says whether the address of the request asks for a dry run.
func (e AuditEvent) IsDryRun() bool {
	address, err := url.ParseRequestURI(e.RequestURI)
	return err == nil && address.Query().Get("dryRun") != ""
}

// Code is that of the answer, zero where there was none.
func (e AuditEvent) Code() int {
	if e.ResponseStatus == nil {
		return 0
	}
	return int(e.ResponseStatus.Code)
}

// String is the request in one line: verb, resource, namespace/name, code.
func (e AuditEvent) String() string {
	if e.ObjectRef == nil {
		return fmt.Sprintf("%s %s %d", e.Verb, e.RequestURI, e.Code())
	}
	resource := e.ObjectRef.Resource
	if e.ObjectRef.Subresource != "" {
		resource += "/" + e.ObjectRef.Subresource
	}
	name := strings.TrimPrefix(e.ObjectRef.Namespace+"/"+e.ObjectRef.Name, "/")
	dry := ""
	if e.IsDryRun() {
		dry = " (dry run)"
	}
	return fmt.Sprintf("%s %s %s %d%s", e.Verb, resource, name, e.Code(), dry)
}

// FromUserAgent keeps the requests whose user agent starts so.
func FromUserAgent(prefix string) func(AuditEvent) bool {
	return func(e AuditEvent) bool { return strings.HasPrefix(e.UserAgent, prefix) }
}

// AuditEvents are the requests since the start of the cluster that all filters keep, in
// the order in which they were answered, watches when they ended. What was answered
// before the call is in it.
func (c *Cluster) AuditEvents(t testing.TB, filters ...func(AuditEvent) bool) []AuditEvent {
	t.Helper()
	marker := ""
	if c.api.running() == nil {
		// The log is written after the answer: it is complete when it has this.
		marker = "/version?marker=" + rand.Text()
		if code, err := c.get(t.Context(), marker); err != nil || code != http.StatusOK {
			t.Fatalf("audit log: the server answers %d, %v", code, err)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), startWithin)
	defer cancel()
	var events []AuditEvent
	err := c.wait(ctx, "audit log", func(context.Context) (bool, error) {
		all, err := readAudit(c.file(auditLogFile))
		if err != nil {
			return false, err
		}
		events = all
		return marker == "" || slices.ContainsFunc(all, func(e AuditEvent) bool { return e.RequestURI == marker }), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return slices.DeleteFunc(events, func(e AuditEvent) bool {
		return slices.ContainsFunc(filters, func(keep func(AuditEvent) bool) bool { return !keep(e) })
	})
}

// readAudit leaves out a last line that is not complete.
func readAudit(path string) ([]AuditEvent, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	content = content[:bytes.LastIndexByte(content, '\n')+1]
	var events []AuditEvent
	lines := bufio.NewScanner(bytes.NewReader(content))
	lines.Buffer(nil, len(content)+1)
	for lines.Scan() {
		var event AuditEvent
		if err := json.Unmarshal(lines.Bytes(), &event.Event); err != nil {
			return nil, fmt.Errorf("audit log: %w", err)
		}
		events = append(events, event)
	}
	return events, lines.Err()
}

// repairAuditLog removes the half of a line that a killed server leaves behind.
func (c *Cluster) repairAuditLog() error {
	content, err := os.ReadFile(c.file(auditLogFile))
	if err != nil {
		return err
	}
	return os.Truncate(c.file(auditLogFile), int64(bytes.LastIndexByte(content, '\n')+1))
}

func (c *Cluster) writeAuditPolicy() error {
	level := c.options.AuditLevel
	if level == "" {
		level = auditv1.LevelMetadata
	}
	policy := auditv1.Policy{
		OmitStages:        []auditv1.Stage{auditv1.StageRequestReceived, auditv1.StageResponseStarted},
		OmitManagedFields: true,
		Rules:             []auditv1.PolicyRule{{Level: level}},
	}
	policy.APIVersion, policy.Kind = "audit.k8s.io/v1", "Policy"
	content, err := json.Marshal(policy) // JSON is YAML
	if err != nil {
		return err
	}
	return os.WriteFile(c.file(auditPolicyFile), content, 0o600)
}
