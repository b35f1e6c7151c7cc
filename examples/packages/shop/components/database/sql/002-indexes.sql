CREATE INDEX IF NOT EXISTS purchase_placed_at ON purchase (placed_at);
