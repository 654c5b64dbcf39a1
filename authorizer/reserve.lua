-- Reserves amounts on cached accounts and returns the cards' facts, for a whole batch. Never says yes or no to money.
--
-- KEYS: one hash per account. ARGV[1]: the items, back to back (authorizer/scripts.py packs them); ARGV[2]: the epoch.
-- Fields of an account: a available ("*": no floor), v ledger version, m least version a load must have, f facts version,
--   e the epoch it was loaded in (another one is another history of the ledger: its versions say nothing here),
--   c:<token> card facts ("<facts version>|..."), r:<id> reservation ("<amount>:<deadline in ms>").
-- Reply per item: {1, facts, available, version, pending} or {0, reason, now}; a miss reserves nothing.
--
-- Velocity. On an account with limits every card has its own in its facts ("<facts version>|L<card>;<limit>;...|...", written
--   in facts.py; there may be none). What was spent stands beside: l ledger version that it contains, l:<id> "<card>:<ms>:<amount>:<count>"; its reservations are
--   "<amount>:<deadline>:<card>:<ms>:<amount>:<count>", and count as spent. Whatever the funds say, the counters are taken;
--   what the limits do not leave is not reserved. The reply goes on: {..., 1 or 0 for reserved, "<amount>,<count>;..." used}.

local C, R, L, LIMITS = string.byte('crlL', 1, 4)
local COUNTED = 2
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- One HGETALL per account and call, however many of its payments are in this batch.
local function read(key)
  local account = { pending = 0, cards = {}, spent = {}, limits = {} }
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
        if spent ~= '' then account.spent[#account.spent + 1] = spent end
      else
        account.expired = true
      end
    elseif kind == C then
      account.cards[string.sub(field, 3)] = value
    elseif kind == L and #field > 1 then
      account.spent[#account.spent + 1] = value
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
  if not tonumber(account.l) then return 'counters' end
  return nil, true
end

local function limits_of(account, token)
  local known = account.limits[token]
  if known then return known end
  local card, listed = string.match(account.cards[token], '^%d+|L(%d+)([^|]*)|')
  known = { card = card or '' }
  local pattern = ';([ca]),(%d+),(%d+),(%d+),(%-?%d+),(%-?%d+)'
  for whose, span, since, upto, amount, count in string.gmatch(listed or '', pattern) do
    known[#known + 1] = { of_card = whose == 'c', span = tonumber(span), since = tonumber(since), upto = tonumber(upto),
      amount = tonumber(amount), count = tonumber(count) }
  end
  account.limits[token] = known
  return known
end

local function spendings(account)
  account.parsed = account.parsed or {}
  for i = #account.parsed + 1, #account.spent do
    local card, at, amount, count = string.match(account.spent[i], '^(%d+):(%d+):(%-?%d+):(%d+)$')
    account.parsed[i] = { card = card or '', at = tonumber(at) or now, amount = tonumber(amount) or 0, count = tonumber(count) or 0 }
  end
  return account.parsed
end

local function used(limit, spent, card)
  local since = limit.span > 0 and now - limit.span + 1 or limit.since
  local amount, count = 0, 0
  for _, one in ipairs(spent) do
    if one.at >= since and (not limit.of_card or one.card == card) then
      amount = amount + one.amount
      count = count + one.count
    end
  end
  return amount, count
end

-- What the limits leave of the amount (nil: nothing that could be approved), and what is used of each.
local function room_in(account, limits, amount, is_partial, is_counted)
  local room, said, spent = amount, {}, spendings(account)
  for i, limit in ipairs(limits) do
    local use, times = used(limit, spent, limits.card)
    said[i] = string.format('%.0f,%.0f', use, times)
    if amount > 0 and room then
      if limit.count >= 0 and is_counted and times >= limit.count then
        room = nil
      elseif limit.amount >= 0 and use + amount > limit.amount then
        local left = limit.amount - use
        room = is_partial and left > 0 and math.min(room, left) or nil
      end
    end
  end
  return room, table.concat(said, ';')
end

local function is_over(limits)
  for _, limit in ipairs(limits) do
    if limit.upto > 0 and now >= limit.upto then return true end
  end
end

local accounts, replies, items, at = {}, {}, ARGV[1], 1
while at <= #items do
  local number, token, amount, lifetime, flags, id
  number, token, amount, lifetime, flags, id, at = struct.unpack('>I2c16i8I4BBc0', items, at)
  local account = accounts[number]
  if not account then
    account = read(KEYS[number])
    accounts[number] = account
  end
  local reason, is_counted_card = miss(account, token)
  local limits = is_counted_card and limits_of(account, token)
  if limits and is_over(limits) then reason = 'window' end
  if reason then
    replies[#replies + 1] = { 0, reason, now }
  elseif limits then
    local is_counted = flags >= COUNTED
    local room, said = room_in(account, limits, amount, flags % 2 == 1, is_counted)
    replies[#replies + 1] = { 1, account.cards[token], account.a, account.v, account.pending, room and 1 or 0, said }
    if room then
      local spent = string.format('%s:%.0f:%.0f:%d', limits.card, now, room, (is_counted and amount > 0) and 1 or 0)
      redis.call('HSET', KEYS[number], 'r:' .. id, string.format('%.0f:%.0f:%s', room, now + lifetime, spent))
      account.pending = account.pending + room
      account.spent[#account.spent + 1] = spent
    end
  else
    replies[#replies + 1] = { 1, account.cards[token], account.a, account.v, account.pending }
    redis.call('HSET', KEYS[number], 'r:' .. id, string.format('%.0f:%.0f', amount, now + lifetime))
    account.pending = account.pending + amount
  end
end
return replies
