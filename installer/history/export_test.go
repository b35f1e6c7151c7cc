package history

// SetChunkSize makes the chunks small that a store writes.
func (s *Store) SetChunkSize(size int) { s.chunkSize = size }

// ContentDigest is the digest of content as it is stored.
func ContentDigest(compressed []byte) string { return contentDigest(compressed) }
