-- How long and how many refs of replies are remembered that were withdrawn before they came.

local WITHDRAWN_KEPT_S = 3600 -- longer than any request is under way
local WITHDRAWN_MOST = 10000
