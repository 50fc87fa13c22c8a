-- Twin in Neovim: the filetype, and the language server for it. See the README beside.
local M = {}

local options = { command = { "twin", "lsp" }, keys = true, format_on_save = false, on_attach = nil }

-- Servers by folder, for Neovim before 0.8, which does not look for a running one itself.
local clients = {}

-- The folder of the program: the nearest above that has a main.twin, else the file's own.
local function root_of(path)
  local folder = vim.fn.fnamemodify(path, ":p:h")
  local main = vim.fn.findfile("main.twin", vim.fn.escape(folder, " ,;") .. ";")
  return main ~= "" and vim.fn.fnamemodify(main, ":p:h") or folder
end

-- Puts the text into the one style; what cannot be read is left alone.
function M.format()
  if vim.lsp.buf.format then
    vim.lsp.buf.format({ name = "twin", timeout_ms = 2000 })
  else
    vim.lsp.buf.formatting_sync(nil, 2000)
  end
end

local function set_keys(buffer)
  local map = function(keys, action, what)
    vim.keymap.set("n", keys, action, { buffer = buffer, desc = "Twin: " .. what })
  end
  map("K", vim.lsp.buf.hover, "what it is")
  map("gd", vim.lsp.buf.definition, "where it is declared")
  map("<leader>f", M.format, "format")
  map("<leader>a", vim.lsp.buf.code_action, "quick fixes")
end

local function on_attach(client, buffer)
  vim.bo[buffer].omnifunc = "v:lua.vim.lsp.omnifunc"
  if options.keys then
    set_keys(buffer)
  end
  if options.on_attach then
    options.on_attach(client, buffer)
  end
end

local function start(buffer)
  local name = vim.api.nvim_buf_get_name(buffer)
  local root = root_of(name)
  local config = { name = "twin", cmd = options.command, root_dir = root, on_attach = on_attach }
  if vim.lsp.start then
    vim.lsp.start(config, { bufnr = buffer })
    return
  end
  config.on_exit = function()
    clients[root] = nil
  end
  clients[root] = clients[root] or vim.lsp.start_client(config)
  if clients[root] then
    vim.lsp.buf_attach_client(buffer, clients[root])
  end
end

local function open(buffer)
  local set = vim.bo[buffer]
  set.commentstring = "// %s"
  set.expandtab = true
  set.shiftwidth = 4
  set.softtabstop = 4
  start(buffer)
end

-- Call it once, from init.lua.
function M.setup(given)
  options = vim.tbl_extend("force", options, given or {})
  local group = vim.api.nvim_create_augroup("twin", { clear = true })
  local on = function(event, pattern, action)
    vim.api.nvim_create_autocmd(event, { group = group, pattern = pattern, callback = action })
  end
  on({ "BufRead", "BufNewFile" }, "*.twin", function(event)
    vim.bo[event.buf].filetype = "twin"
  end)
  on("FileType", "twin", function(event)
    open(event.buf)
  end)
  on("BufWritePre", "*.twin", function()
    if options.format_on_save then
      M.format()
    end
  end)
end

return M
