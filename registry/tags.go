package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"iter"
	"net/http"
	"net/url"
	"strings"

	"github.com/packstage/packstage/internal/lazyregexp"
)

// maxPages bounds a list: with the hundred names for each that the stingiest
// registries give, it is 200,000.
const maxPages = 2_000

// tagExpression is the grammar of a tag (OCI distribution specification 1.1,
// "Pulling manifests"). A registry's word for a name can end up in a terminal or
// a path.
var tagExpression = lazyregexp.New(`^[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}$`)

// Tags lists the tags of a repository ("host/repository") in the order in which
// the registry gives them, which is nearly always the lexical one, page by page.
// It ends after the first error.
func (c *Client) Tags(ctx context.Context, repository string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		parsed, err := c.parseRepository(repository)
		if err != nil {
			yield("", err)
			return
		}
		list := call{
			operation:  "list tags of",
			reference:  parsed.Name(),
			repository: parsed,
			method:     http.MethodGet,
			path:       "tags/list",
			query:      url.Values{"n": {"1000"}},
			want:       []int{http.StatusOK},
			limit:      MaxManifestBytes,
		}
		seen, pages := map[string]bool{}, 0
		for {
			var page struct {
				Tags []string `json:"tags"`
			}
			next, err := c.page(ctx, &list, &page)
			if err != nil {
				yield("", err)
				return
			}
			known := len(seen)
			for _, tag := range page.Tags {
				if !tagExpression().MatchString(tag) {
					yield("", c.fail(ctx, list, list.place.host.name, fmt.Errorf("%w: the list has %q, which is no tag", ErrProtocol, shorten(tag))))
					return
				}
				if seen[tag] {
					continue // pages may overlap, or lead back to an earlier one
				}
				seen[tag] = true
				if !yield(tag, nil) {
					return
				}
			}
			if !next {
				return
			}
			if pages++; len(seen) == known || pages >= maxPages {
				yield("", c.fail(ctx, list, list.place.host.name, fmt.Errorf("%w: the pages of the list do not end", ErrProtocol)))
				return
			}
		}
	}
}

// page gets a page of a list as JSON. Where there is another one it points the
// call at it, and at the place that gave this one: mirrors may differ.
func (c *Client) page(ctx context.Context, list *call, page any) (more bool, err error) {
	response, err := c.do(ctx, *list)
	if err != nil {
		return false, err
	}
	list.place = response.place
	fail := func(err error) (bool, error) { return false, c.fail(ctx, *list, response.place.host.name, err) }
	if err := json.Unmarshal(response.raw, page); err != nil {
		return fail(fmt.Errorf("%w: the list does not parse: %w", ErrProtocol, err))
	}
	next, err := nextPage(response.Response)
	if err != nil {
		return fail(err)
	}
	list.at = next
	return next != nil, nil
}

// nextPage reads the Link header of RFC 8288 as registries use it. The next
// page must be on the same host: the credentials go with the request.
func nextPage(response *http.Response) (*url.URL, error) {
	link := response.Header.Get("Link")
	if link == "" {
		return nil, nil
	}
	start, end := strings.IndexByte(link, '<'), strings.IndexByte(link, '>')
	if start != 0 || end < 0 {
		return nil, fmt.Errorf("%w: the link to the next page does not parse", ErrProtocol)
	}
	if !strings.Contains(link[end:], "next") {
		return nil, nil
	}
	relative, err := url.Parse(link[1:end])
	if err != nil {
		return nil, fmt.Errorf("%w: the link to the next page does not parse", ErrProtocol)
	}
	next := response.Request.URL.ResolveReference(relative)
	if next.Host != response.Request.URL.Host {
		return nil, fmt.Errorf("%w: the next page is on another host, %s", ErrProtocol, next.Host)
	}
	return next, nil
}
