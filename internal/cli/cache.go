package cli

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/packstage/packstage/registry/cache"
)

// cacheInfo is what "cache info --json" prints.
type cacheInfo struct {
	SchemaVersion int    `json:"schemaVersion"`
	Folder        string `json:"folder"`
	Entries       int    `json:"entries"`
	Notes         int    `json:"notes"`
	Bytes         int64  `json:"bytes"`
	MaxBytes      int64  `json:"maxBytes"`
	// OldestUse and NewestUse are left out where nothing is there.
	OldestUse      *time.Time `json:"oldestUse,omitempty"`
	NewestUse      *time.Time `json:"newestUse,omitempty"`
	Leftovers      int        `json:"leftovers"`
	LeftoversBytes int64      `json:"leftoversBytes"`
}

// prunedCache is what "cache prune --json" prints.
type prunedCache struct {
	SchemaVersion  int    `json:"schemaVersion"`
	Folder         string `json:"folder"`
	Removed        int    `json:"removed"`
	RemovedBytes   int64  `json:"removedBytes"`
	Remaining      int    `json:"remaining"`
	RemainingBytes int64  `json:"remainingBytes"`
	Kept           int    `json:"kept"`
	Leftovers      int    `json:"leftovers"`
}

func (p *program) cacheCommand() *cobra.Command {
	return group(&cobra.Command{Use: "cache", Short: "What was pulled before, on this machine"},
		p.cacheInfoCommand(), p.cachePruneCommand())
}

func (p *program) cacheInfoCommand() *cobra.Command {
	var (
		flags  cacheFlags
		asJSON bool
	)
	command := &cobra.Command{
		Use:   "info",
		Short: "Show how much is in the cache",
		Long: `Show folder, content, size and age of the cache. Bytes are counted in blocks of
4 KiB, as a disk does.

The cache keeps blobs and manifests by digest, and compares them with it whenever it
gives them. It keeps to ` + byteSize(cache.DefaultMaxBytes) + `, or to $` + cacheMaxSizeVariable + `: what was not used for
longest goes first.`,
		Example: `  packstage cache info
  packstage cache info --cache-dir /var/cache/packstage --json`,
		Args:              arguments(0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, _ []string) error {
			opened, folder, options, err := flags.openExisting(p, true)
			if err != nil {
				return err
			}
			found := cache.Info{Folder: folder, MaxBytes: options.MaxBytes}
			if opened != nil {
				defer opened.Close()
				if found, err = opened.Info(command.Context()); err != nil {
					return err
				}
			}
			return p.result(func(w io.Writer) error {
				if asJSON {
					return printJSON(w, newCacheInfo(found))
				}
				return printCacheInfo(w, found)
			})
		},
	}
	flags.addFolder(command)
	command.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return command
}

func newCacheInfo(found cache.Info) cacheInfo {
	info := cacheInfo{
		SchemaVersion: schemaVersion, Folder: found.Folder,
		Entries: found.Entries, Notes: found.Notes, Bytes: found.Bytes, MaxBytes: found.MaxBytes,
		Leftovers: found.Leftovers, LeftoversBytes: found.LeftoversBytes,
	}
	if !found.NewestUse.IsZero() {
		oldest, newest := found.OldestUse.UTC(), found.NewestUse.UTC()
		info.OldestUse, info.NewestUse = &oldest, &newest
	}
	return info
}

func printCacheInfo(w io.Writer, found cache.Info) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "Folder:\t%s\n", printable(found.Folder))
	fmt.Fprintf(table, "Content:\t%d blobs and manifests, %d notes\n", found.Entries, found.Notes)
	fmt.Fprintf(table, "Size:\t%s of at most %s\n", byteSize(found.Bytes), byteSize(found.MaxBytes))
	if !found.NewestUse.IsZero() {
		fmt.Fprintf(table, "Last used:\t%s to %s\n",
			found.OldestUse.UTC().Format(time.RFC3339), found.NewestUse.UTC().Format(time.RFC3339))
	}
	if found.Leftovers > 0 {
		fmt.Fprintf(table, "Leftovers:\t%d of processes that were killed, %s\n", found.Leftovers, byteSize(found.LeftoversBytes))
	}
	return table.Flush()
}

func (p *program) cachePruneCommand() *cobra.Command {
	var (
		flags            cacheFlags
		maxSize, oldness string
		options          cache.PruneOptions
		asJSON           bool
	)
	command := &cobra.Command{
		Use:   "prune",
		Short: "Remove content from the cache",
		Long: `Remove what the flags say, the least recently used first; without flags, what is
above the bound that the cache keeps to anyway. Pulls that are under way go on.`,
		Example: `  packstage cache prune --max-size 500MiB
  packstage cache prune --older-than 30d
  packstage cache prune --all`,
		Args:              arguments(0, 0),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(command *cobra.Command, _ []string) error {
			if options.All && (maxSize != "" || oldness != "") {
				return usagef("--all removes everything; --max-size and --older-than say how much")
			}
			var err error
			if maxSize != "" {
				if options.MaxBytes, err = parseSize(maxSize); err != nil {
					return usagef("--max-size: %w", err)
				}
				options.All = options.All || options.MaxBytes == 0
			}
			if oldness != "" {
				if options.OlderThan, err = parseAge(oldness); err != nil {
					return usagef("--older-than: %w", err)
				}
				options.All = options.All || options.OlderThan == 0
			}
			opened, folder, _, err := flags.openExisting(p, false)
			if err != nil {
				return err
			}
			var pruned cache.Pruned
			if opened != nil {
				defer opened.Close()
				if pruned, err = opened.Prune(command.Context(), options); err != nil {
					return err
				}
			}
			return p.result(func(w io.Writer) error {
				if asJSON {
					return printJSON(w, newPrunedCache(folder, pruned))
				}
				return printPrunedCache(w, pruned)
			})
		},
	}
	command.Flags().StringVar(&maxSize, "max-size", "", "`SIZE` that may stay, such as 500MiB")
	command.Flags().StringVar(&oldness, "older-than", "", "remove what was not used for that `DURATION`, such as 30d or 12h")
	command.Flags().BoolVar(&options.All, "all", false, "remove everything")
	flags.addFolder(command)
	command.Flags().BoolVar(&asJSON, "json", false, "print a JSON object")
	return command
}

func newPrunedCache(folder string, pruned cache.Pruned) prunedCache {
	return prunedCache{
		SchemaVersion: schemaVersion, Folder: folder,
		Removed: pruned.Removed, RemovedBytes: pruned.RemovedBytes,
		Remaining: pruned.Remaining, RemainingBytes: pruned.RemainingBytes,
		Kept: pruned.Kept, Leftovers: pruned.Leftovers,
	}
}

func printPrunedCache(w io.Writer, pruned cache.Pruned) error {
	_, err := fmt.Fprintf(w, "removed %d (%s), %d stay (%s)\n",
		pruned.Removed, byteSize(pruned.RemovedBytes), pruned.Remaining, byteSize(pruned.RemainingBytes))
	if err == nil && pruned.Kept > 0 {
		_, err = fmt.Fprintf(w, "%d of them are in use and could not be removed\n", pruned.Kept)
	}
	if err == nil && pruned.Leftovers > 0 {
		_, err = fmt.Fprintf(w, "removed %d leftovers of processes that were killed\n", pruned.Leftovers)
	}
	return err
}
