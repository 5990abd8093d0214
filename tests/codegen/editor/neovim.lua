-- Asks for the first code action on the function under the cursor, as a user would, and waits for the edit.
local function fail(message)
  io.stderr:write(message .. "\n" .. table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n") .. "\n")
  vim.cmd("cquit 1")
end

local titles = {}
vim.ui.select = function(items, _, on_choice)
  for _, item in ipairs(items) do
    table.insert(titles, item[2].title)
  end
  on_choice(items[1], 1)
end

local function waits()
  return vim.fn.search("^    \\.\\.\\.$", "nw") > 0
end

local function ready()
  for _, client in ipairs(vim.lsp.get_active_clients()) do
    if client.name == "codesieve" and client.initialized then
      return true
    end
  end
  return false
end

if not vim.wait(30000, ready, 50) then
  fail("the server did not start")
end
vim.fn.search("^def ")
vim.lsp.buf.code_action()
if not vim.wait(60000, function() return not waits() end, 50) then
  fail("no edit came; actions: " .. vim.inspect(titles))
end
vim.cmd("write")
print(table.concat(titles, "\n"))
vim.cmd("qall")
