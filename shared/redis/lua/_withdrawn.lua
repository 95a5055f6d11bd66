-- Refs that were taken back before they came: how long and how many are remembered.

local WITHDRAWN_KEPT_S = 3600 -- longer than any request is under way
local WITHDRAWN_MOST = 10000
