package history

// SetChunkSize makes the chunks small that a store writes.
func (s *Store) SetChunkSize(size int) { s.chunkSize = size }
