-- After the commit: keeps the newest balance, drops the reservation, or only drops it (undo), for a whole batch.
--
-- KEYS: one hash per account. ARGV[1]: the items, back to back (authorizer/scripts.py packs them); ARGV[2]: the epoch.
-- An account without a balance gets only `m`, the least version that a load must have: a load that began before this
--   commit must not put the older balance back. Facts of another version than `f` count as missing.
-- `ahead`: a cached version that the ledger has never reached (0: none); such a balance is thrown away.
-- What was spent by cards with limits (reserve.lua): a reservation that was approved for `taken` moves into the counters if
--   they contain everything before it, which the version tells, and by amount only if the ledger found a payment that it adds to; a gap (a reversal, another process that was quicker, a lost
--   confirmation) makes the counters a miss, and the next payment derives them from the ledger.
-- Reply: pairs of item number and cached balance where the same version had another balance (drift, repaired here).

local GUARD_MS = 60000 -- longer than any load may take
local RECORD, MOST_RECORDS = 24, 8192 -- a load thins out what is more

-- One record more: what was spent up to and with now. Times never fall, so that they can be searched.
local function append(key, field, at, amount, times)
  local sums = redis.call('HGET', key, field) or ''
  local last, amount_before, times_before = 0, 0, 0
  if #sums >= RECORD then last, amount_before, times_before = struct.unpack('>ddd', sums, #sums - RECORD + 1) end
  if #sums >= RECORD * MOST_RECORDS then return false end
  redis.call('HSET', key, field, sums .. struct.pack('>ddd', math.max(last, at), amount_before + amount, times_before + times))
  return true
end

local function count(key, contained, version, id, taken, is_added)
  if version <= contained then return end
  local reserved = version == contained + 1 and taken > 0 and #id > 0 and redis.call('HGET', key, 'r:' .. id)
  local card, at, times, kinds = string.match(reserved or '', '^%-?%d+:%d+:(%d+):(%d+):%-?%d+:(%d+):?(.*)$')
  at, times = tonumber(at), is_added and 0 or tonumber(times)
  local is_kept = card and append(key, 'l:a', at, taken, times) and append(key, 'l:' .. card, at, taken, times)
  for kind in string.gmatch(kinds or '', '[^,]+') do
    is_kept = is_kept and append(key, 'l:a/' .. kind, at, taken, times) and append(key, 'l:' .. card .. '/' .. kind, at, taken, times)
  end
  if is_kept then
    redis.call('HSET', key, 'l', string.format('%.0f', version))
  else
    redis.call('HDEL', key, 'l')
  end
end

local function keep(key, version, available, facts_version, ahead, id, taken, is_added)
  local known = redis.pcall('HMGET', key, 'a', 'v', 'm', 'f', 'e', 'l')
  if known.err or (known[5] or ARGV[2]) ~= ARGV[2] then
    redis.call('DEL', key)
    known = {}
  end
  local a, v, m, f = known[1], tonumber(known[2] or ''), tonumber(known[3] or ''), tonumber(known[4] or '')
  if v and v == ahead then
    redis.call('HDEL', key, 'a', 'v', 'l')
    v = nil
  end
  if known[6] then count(key, tonumber(known[6]) or -1, version, id, taken, is_added) end
  if f and facts_version > f then redis.call('HSET', key, 'f', string.format('%.0f', facts_version)) end
  if not v then
    if not m or version > m then redis.call('HSET', key, 'm', string.format('%.0f', version)) end
    if redis.call('PTTL', key) < 0 then redis.call('PEXPIRE', key, GUARD_MS) end
  elseif version > v or (version == v and f and facts_version > f) then
    redis.call('HSET', key, 'a', available, 'v', string.format('%.0f', version))
  elseif version == v and facts_version == f and a ~= available then
    redis.call('HSET', key, 'a', available)
    return a or ''
  end
end

local drifts, items, at, item = {}, ARGV[1], 1, 0
while at <= #items do
  local number, version, facts_version, ahead, taken, added, available, id
  number, version, facts_version, ahead, taken, added, available, id, at = struct.unpack('>I2i8i8i8i8BBc0Bc0', items, at)
  local key = KEYS[number]
  item = item + 1
  if version >= 0 then
    local drift = keep(key, version, available, facts_version, ahead, id, taken, added == 1)
    if drift then
      drifts[#drifts + 1] = item
      drifts[#drifts + 1] = drift
    end
  end
  if #id > 0 then redis.pcall('HDEL', key, 'r:' .. id) end
end
return drifts
