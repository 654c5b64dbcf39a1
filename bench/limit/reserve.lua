-- One reservation per key: facts and balance come back, the amount is noted. ARGV: the amount, then an id per key.
local replies = {}
for i, key in ipairs(KEYS) do
  replies[i] = redis.call('HMGET', key, 'available', 'facts')
  redis.call('HSET', key, 'r:' .. ARGV[i + 1], ARGV[1])
  redis.call('HDEL', key, 'r:' .. ARGV[i + 1])
end
return replies
