-- Reserves amounts on cached accounts and returns the cards' facts, for a whole batch. Never says yes or no to money.
--
-- KEYS: one hash per account. ARGV[1]: the items, back to back (authorizer/scripts.py packs them); ARGV[2]: the epoch.
-- Fields of an account: a available ("*": no floor), v ledger version, m least version a load must have, f facts version,
--   e the epoch it was loaded in (another one is another history of the ledger: its versions say nothing here),
--   c:<token> card facts ("<facts version>|..."), r:<id> reservation ("<amount>:<deadline in ms>").
-- Reply per item: {1, facts, available, version, pending} or {0, reason, now}; a miss reserves nothing.
--
-- Velocity. On an account with limits every card has its own in its facts ("<facts version>|L<card>;<limit>;...|...", written
--   in facts.py; there may be none). What was spent stands beside: l the ledger version that it contains, l:a of all cards and
--   l:<card> of one, records of three doubles in the order of time: ms, amount and count spent up to and with then. Its
--   reservations are "<amount>:<deadline>:<card>:<ms>:<amount>:<count>" and count as spent. Whatever the funds say, the counters
--   are taken; what the limits do not leave is not reserved. What claims to add to an earlier payment is not refused for the
--   count, but counted until the ledger has found that payment. The reply goes on: {..., 1 or 0: reserved, "<amount>,<count>;..."
--   used of each limit, how many payments under way are among it}.
--
-- A limit for some kind of payments goes on ",<name>,<kind>": alternatives, "/" between them, "&" between features. Such payments
--   are counted once more by themselves, in "l:a/<name>" and "l:<card>/<name>"; "l:/" lists what is counted so. A payment shows what
--   it is ("/channel=atm/mcc=6011/..."), and its reservation names its kinds behind the count (",<name>,<name>,").

local C, R, LIMITS = string.byte('crL', 1, 3)
local INCREMENT, RECORD, NEVER = 2, 24, 2 ^ 53
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

local function take(account, id, spent)
  local card, at, amount, count, kinds = string.match(spent, '^(%d+):(%d+):(%d+):(%d+):?(.*)$')
  if card then
    account.taken[#account.taken + 1] =
      { id = id, card = card, at = tonumber(at), amount = tonumber(amount), count = tonumber(count), kinds = kinds }
  end
end

-- One HGETALL per account and call, however many of its payments are in this batch.
local function read(key)
  local account = { pending = 0, cards = {}, taken = {}, limits = {} }
  local raw = redis.pcall('HGETALL', key)
  if raw.err then
    redis.call('DEL', key)
    return account
  end
  for i = 1, #raw, 2 do
    local field, value = raw[i], raw[i + 1]
    local kind = string.byte(field)
    if kind == R then
      local amount, deadline, spent = string.match(value, '^(%-?%d+):(%d+):?(.*)$')
      if amount and tonumber(deadline) > now then
        account.pending = account.pending + tonumber(amount)
        if spent ~= '' then take(account, string.sub(field, 3), spent) end
      else
        account.expired = true
      end
    elseif kind == C then
      account.cards[string.sub(field, 3)] = value
    else
      account[field] = value
    end
  end
  return account
end

-- An expired reservation may have become a hold whose confirmation was lost: the balance is not known any more.
local function miss(account, token)
  if not (account.a and tonumber(account.v)) then return 'absent' end
  if account.a ~= '*' and not tonumber(account.a) then return 'absent' end
  if account.e ~= ARGV[2] then return 'epoch' end
  if account.expired then return 'expired' end
  local facts = account.cards[token]
  if not facts then return 'card' end
  local version = string.match(facts, '^(%d+)|')
  if version ~= account.f then return 'stale' end
  if string.byte(facts, #version + 2) ~= LIMITS then return end
  if not tonumber(account.l) or tonumber(account.l) ~= tonumber(account.v) then return 'counters' end
  return nil, true
end

local function limits_of(account, token)
  local known = account.limits[token]
  if known then return known end
  local card, listed = string.match(account.cards[token], '^%d+|L(%d+)([^|]*)|')
  known = { card = card or '' }
  local pattern = ';([ca]),(%d+),(%d+),(%d+),(%-?%d+),(%-?%d+),?([^;]*)'
  for whose, span, since, upto, amount, count, kind in string.gmatch(listed or '', pattern) do
    local name, asked = string.match(kind, '^(%x+),(.+)$')
    known[#known + 1] = { of_card = whose == 'c', span = tonumber(span), since = tonumber(since), upto = tonumber(upto),
      amount = tonumber(amount), count = tonumber(count), name = name, asked = asked }
    if name then known.is_particular = true end
  end
  account.limits[token] = known
  return known
end

-- The sums before some time: a binary search, because they stand in the order of time.
local function before(sums, time)
  local low, high = 0, math.floor(#sums / RECORD)
  while low < high do
    local middle = math.floor((low + high) / 2)
    if struct.unpack('>d', sums, middle * RECORD + 1) < time then low = middle + 1 else high = middle end
  end
  if low == 0 then return 0, 0 end
  local _, amount, count = struct.unpack('>ddd', sums, (low - 1) * RECORD + 1)
  return amount, count
end

-- Whether a payment is of the kind that a limit is for: it has one of the alternatives of each feature.
local function is_of(limit, traits)
  for alternatives in string.gmatch(limit.asked or '', '[^&]+') do
    local has
    for one in string.gmatch(alternatives, '[^/]+') do has = has or string.find(traits, '/' .. one .. '/', 1, true) end
    if not has then return false end
  end
  return true
end

local function used(account, limit, card)
  local since = limit.span > 0 and now - limit.span + 1 or limit.since
  local sums = account[(limit.of_card and 'l:' .. card or 'l:a') .. (limit.name and '/' .. limit.name or '')] or ''
  local amount, count = before(sums, NEVER)
  local amount_before, count_before = before(sums, since)
  amount, count = amount - amount_before, count - count_before
  for _, one in ipairs(account.taken) do
    local is_kind = not limit.name or string.find(one.kinds, ',' .. limit.name .. ',', 1, true)
    if one.at >= since and (not limit.of_card or one.card == card) and is_kind then
      amount = amount + one.amount
      count = count + one.count
    end
  end
  return amount, count
end

-- What the limits leave of the amount (nil: nothing that could be approved), what is used of each, and the kinds of this payment.
local function room_in(account, limits, amount, is_partial, is_increment, traits)
  local room, said, kinds = amount, {}, ''
  for i, limit in ipairs(limits) do
    local use, times = used(account, limit, limits.card)
    said[i] = string.format('%.0f,%.0f', use, times)
    local matters = is_of(limit, traits)
    if limit.name and matters and not string.find(kinds, ',' .. limit.name .. ',', 1, true) then
      kinds = kinds .. (kinds == '' and ',' or '') .. limit.name .. ','
    end
    if amount > 0 and room and matters then
      if limit.count >= 0 and not is_increment and times >= limit.count then
        room = nil
      elseif limit.amount >= 0 and use + amount > limit.amount then
        local left = limit.amount - use
        room = is_partial and left > 0 and math.min(room, left) or nil
      end
    end
  end
  return room, table.concat(said, ';'), kinds
end

-- Limits for some kinds of payments need to know what this one is, and that those were counted by themselves.
local function missing(account, limits, traits)
  if not limits.is_particular then return end
  if traits == '' then return 'traits' end
  local counted = ',' .. (account['l:/'] or '') .. ','
  for _, limit in ipairs(limits) do
    if limit.name and not string.find(counted, ',' .. limit.name .. ',', 1, true) then return 'counters' end
  end
end

-- Who asks again under the same id does not stand in his own way. How many others are under way is told with the answer.
local function leave_out(account, id)
  local times = 0
  for i = #account.taken, 1, -1 do
    local one = account.taken[i]
    if one.id == id then
      account.pending = account.pending - one.amount
      table.remove(account.taken, i)
    else
      times = times + one.count
    end
  end
  return times
end

local function is_over(limits)
  for _, limit in ipairs(limits) do
    if limit.upto > 0 and now >= limit.upto then return true end
  end
end

local accounts, replies, items, at = {}, {}, ARGV[1], 1
while at <= #items do
  local number, token, amount, lifetime, flags, id, traits
  number, token, amount, lifetime, flags, id, traits, at = struct.unpack('>I2c16i8I4BBc0I2c0', items, at)
  local account = accounts[number]
  if not account then
    account = read(KEYS[number])
    accounts[number] = account
  end
  local reason, is_counted = miss(account, token)
  local limits = is_counted and limits_of(account, token)
  if limits then reason = is_over(limits) and 'window' or missing(account, limits, traits) end
  if reason then
    replies[#replies + 1] = { 0, reason, now }
  elseif limits then
    local times = leave_out(account, id)
    local room, said, kinds = room_in(account, limits, amount, flags % 2 == 1, flags >= INCREMENT, traits)
    replies[#replies + 1] = { 1, account.cards[token], account.a, account.v, account.pending, room and 1 or 0, said, times }
    if room then
      local spent = string.format('%s:%.0f:%.0f:%d', limits.card, now, room, amount > 0 and 1 or 0)
      if kinds ~= '' then spent = spent .. ':' .. kinds end
      redis.call('HSET', KEYS[number], 'r:' .. id, string.format('%.0f:%.0f:%s', room, now + lifetime, spent))
      account.pending = account.pending + room
      take(account, id, spent)
    end
  else
    replies[#replies + 1] = { 1, account.cards[token], account.a, account.v, account.pending }
    redis.call('HSET', KEYS[number], 'r:' .. id, string.format('%.0f:%.0f', amount, now + lifetime))
    account.pending = account.pending + amount
  end
end
return replies
