package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// Tags lists the tags of a repository ("host/repository") in the order in which
// the registry gives them, which is nearly always the lexical one, page by page.
// It ends after the first error.
func (c *Client) Tags(ctx context.Context, repository string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		parsed, err := name.NewRepository(repository, c.nameOptions()...)
		if err != nil {
			yield("", &Error{Operation: "parse repository", Reference: repository, Kind: ErrInvalidReference, Err: err})
			return
		}
		address := "tags/list?n=1000"
		for address != "" {
			tags, next, err := c.tagPage(ctx, parsed, address)
			if err != nil {
				yield("", err)
				return
			}
			for _, tag := range tags {
				if !yield(tag, nil) {
					return
				}
			}
			address = next
		}
	}
}

func (c *Client) tagPage(ctx context.Context, repository name.Repository, address string) (tags []string, next string, err error) {
	list := call{
		operation:  "list tags of",
		reference:  repository.Name(),
		repository: repository,
		scope:      transport.PullScope,
		method:     http.MethodGet,
		address:    address,
		want:       []int{http.StatusOK},
	}
	response, err := c.do(ctx, list)
	if err != nil {
		return nil, "", err
	}
	defer response.Body.Close()
	fail := func(err error) ([]string, string, error) {
		return nil, "", classify(ctx, list.operation, list.reference, repository.RegistryStr(), err)
	}
	raw, err := io.ReadAll(io.LimitReader(response.Body, MaxManifestBytes))
	if err != nil {
		return fail(err)
	}
	var page struct {
		Tags []string `json:"tags"`
	}
	if err := json.Unmarshal(raw, &page); err != nil {
		return fail(fmt.Errorf("%w: list of tags does not parse: %w", ErrProtocol, err))
	}
	next, err = nextPage(response)
	if err != nil {
		return fail(err)
	}
	if next != "" && len(page.Tags) == 0 {
		return fail(fmt.Errorf("%w: empty page of tags with a next one", ErrProtocol))
	}
	return page.Tags, next, nil
}

// nextPage reads the Link header of RFC 5988 as registries use it. The next
// page must be on the same host: the credentials go with the request.
func nextPage(response *http.Response) (string, error) {
	link := response.Header.Get("Link")
	if link == "" {
		return "", nil
	}
	start, end := strings.IndexByte(link, '<'), strings.IndexByte(link, '>')
	if start != 0 || end < 0 || !strings.Contains(link[end:], "next") {
		return "", nil
	}
	relative, err := url.Parse(link[1:end])
	if err != nil {
		return "", fmt.Errorf("%w: link to the next page does not parse: %w", ErrProtocol, err)
	}
	next := response.Request.URL.ResolveReference(relative)
	if next.Host != response.Request.URL.Host {
		return "", fmt.Errorf("%w: the next page is on another host, %s", ErrProtocol, next.Host)
	}
	return next.String(), nil
}
