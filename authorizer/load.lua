-- Takes what the ledger said about cards and accounts into the cache, unless something newer is known.
--
-- KEYS: one hash per item. ARGV, nine per item: token, facts, facts version, available, version, as_of (reservations
--   that had expired by then are in this version, if they ever became holds), the facts and least version that made the
--   last load of this item too old, and what was spent where it is counted (a byte, then names and records, see reserve.lua). The
--   last argument is the epoch; what is cached from another one gives way.
-- A load below the known facts version, or below `m` on an account without a balance, is refused and must be repeated.
-- When the repeated load, begun afterwards, still lies below the same figure, then that figure is a lie and gives way.
-- Reply per item: {1} stored, {1, available} stored over another balance of the same version (drift), {0, f, m} refused.

local KEPT_MS = 86400000 -- a day: every account is read from the ledger again at least that often

local function drop_expired(key, as_of)
  local raw = redis.call('HGETALL', key)
  for i = 1, #raw, 2 do
    if string.sub(raw[i], 1, 2) == 'r:' then
      local deadline = tonumber(string.match(raw[i + 1], '^%-?%d+:(%d+)'))
      if not deadline or deadline <= as_of then redis.call('HDEL', key, raw[i]) end
    end
  end
end

-- What was spent replaces what stood there. It is complete at the loaded version, so it must not stand under a newer one.
local function count(key, spent, version)
  local gone = {}
  for _, field in ipairs(redis.call('HKEYS', key)) do
    if string.sub(field, 1, 2) == 'l:' then gone[#gone + 1] = field end
  end
  for i = 1, #gone, 1000 do redis.call('HDEL', key, unpack(gone, i, math.min(i + 999, #gone))) end
  local at = 2
  while at <= #spent do
    local whose, sums
    whose, sums, at = struct.unpack('>Bc0I4c0', spent, at)
    redis.call('HSET', key, 'l:' .. whose, sums)
  end
  redis.call('HSET', key, 'l', version)
end

local replies, epoch = {}, ARGV[#ARGV]
for i, key in ipairs(KEYS) do
  local token, facts, facts_version, available, version, as_of, seen_f, seen_m, spent = unpack(ARGV, i * 9 - 8, i * 9)
  if redis.call('TYPE', key).ok ~= 'hash' or (redis.call('HGET', key, 'e') or epoch) ~= epoch then redis.call('DEL', key) end
  local known = redis.call('HMGET', key, 'a', 'v', 'm', 'f')
  local a, v, m, f = known[1], tonumber(known[2] or ''), tonumber(known[3] or ''), tonumber(known[4] or '')
  local loaded_v, loaded_f = tonumber(version), tonumber(facts_version)
  local facts_older = f and loaded_f < f and f ~= tonumber(seen_f)
  local balance_older = not v and m and loaded_v < m and m ~= tonumber(seen_m)
  if facts_older or balance_older then
    replies[i] = { 0, known[4] or '', known[3] or '' }
  else
    local drifted = v == loaded_v and f == loaded_f and a ~= available
    if not v or not a or loaded_v >= v then redis.call('HSET', key, 'a', available, 'v', version) end
    redis.call('HSET', key, 'e', epoch, 'f', facts_version, 'c:' .. token, facts)
    redis.call('HDEL', key, 'm')
    if spent ~= '' and not (v and v > loaded_v) then count(key, spent, version) end
    if as_of ~= '0' then drop_expired(key, tonumber(as_of)) end
    redis.call('PEXPIRE', key, KEPT_MS)
    replies[i] = drifted and { 1, a or '' } or { 1 }
  end
end
return replies
