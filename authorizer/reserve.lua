-- Reserves amounts on cached accounts and returns the cards' facts, for a whole batch. Never says yes or no to money.
--
-- KEYS: one hash per account. ARGV[1]: the items, back to back (authorizer/scripts.py packs them); ARGV[2]: the epoch.
-- Fields of an account: a available ("*": no floor), v ledger version, m least version a load must have, f facts version,
--   e the epoch it was loaded in (another one is another history of the ledger: its versions say nothing here),
--   c:<token> card facts ("<facts version>|..."), r:<id> reservation ("<amount>:<deadline in ms>").
-- Reply per item: {1, facts, available, version, pending} or {0, reason, now}; a miss reserves nothing.
-- Velocity counters will stand in the same hash and be taken here, beside the reservation.

local C, R = string.byte('cr', 1, 2)
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)

-- One HGETALL per account and call, however many of its payments are in this batch.
local function read(key)
  local account = { pending = 0, cards = {} }
  local raw = redis.pcall('HGETALL', key)
  if raw.err then
    redis.call('DEL', key)
    return account
  end
  for i = 1, #raw, 2 do
    local field, value = raw[i], raw[i + 1]
    local kind = string.byte(field)
    if kind == R then
      local amount, deadline = string.match(value, '^(%-?%d+):(%d+)$')
      if amount and tonumber(deadline) > now then
        account.pending = account.pending + tonumber(amount)
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
  if string.match(facts, '^(%d+)|') ~= account.f then return 'stale' end
end

local accounts, replies, items, at = {}, {}, ARGV[1], 1
while at <= #items do
  local number, token, amount, lifetime, id
  number, token, amount, lifetime, id, at = struct.unpack('>I2c16i8I4Bc0', items, at)
  local account = accounts[number]
  if not account then
    account = read(KEYS[number])
    accounts[number] = account
  end
  local reason = miss(account, token)
  if reason then
    replies[#replies + 1] = { 0, reason, now }
  else
    replies[#replies + 1] = { 1, account.cards[token], account.a, account.v, account.pending }
    redis.call('HSET', KEYS[number], 'r:' .. id, string.format('%.0f:%.0f', amount, now + lifetime))
    account.pending = account.pending + amount
  end
end
return replies
