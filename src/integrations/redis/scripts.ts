/**
 * What Redis does in one step, on its own clock. Each script's keys share a hash tag, so that they stand on one node of a
 * cluster.
 */

/** KEYS: bucket. ARGV: tokens per second, burst, tokens. Returns 0 where taken, else milliseconds to wait. */
export const takeTokens = `
local time = redis.call('TIME')
local now = time[1] * 1000 + time[2] / 1000
local rate, burst, wanted = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local level = redis.call('HMGET', KEYS[1], 'tokens', 'at')
local tokens = burst
if level[1] then
  local passed = math.max(0, now - tonumber(level[2]))
  tokens = math.min(burst, tonumber(level[1]) + passed * rate / 1000)
end
local wait = 0
if tokens >= wanted then tokens = tokens - wanted else wait = math.ceil((wanted - tokens) * 1000 / rate) end
redis.call('HSET', KEYS[1], 'tokens', string.format('%.6f', tokens), 'at', string.format('%.3f', now))
redis.call('PEXPIRE', KEYS[1], math.ceil(burst * 1000 / rate) + 1000)
return wait
`;

/**
 * KEYS: lease, its last token. ARGV: milliseconds. Returns the token, or nil. A token is the server's time in microseconds,
 * so that it grows also where Redis has lost what it held.
 */
export const acquireLease = `
if redis.call('EXISTS', KEYS[1]) == 1 then return nil end
local time = redis.call('TIME')
local token = time[1] * 1000000 + time[2]
local last = tonumber(redis.call('GET', KEYS[2]) or '0')
if token <= last then token = last + 1 end
local text = string.format('%.0f', token)
redis.call('SET', KEYS[2], text)
redis.call('SET', KEYS[1], text, 'PX', ARGV[1])
return text
`;

/** KEYS: lease, its last token. ARGV: token, milliseconds. Returns 1 where nobody else has acquired it since. */
export const renewLease = `
local last = redis.call('GET', KEYS[2])
if last and last ~= ARGV[1] then return 0 end
redis.call('SET', KEYS[2], ARGV[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
return 1
`;

/** KEYS: lease. ARGV: token. */
export const releaseLease = `
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
`;
