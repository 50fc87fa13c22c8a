-- What a user does in Neovim, and what comes of it, as JSON. Works from 0.7.2 on.
vim.opt.runtimepath:append(os.getenv("TWIN_EDITORS"))
local twin = require("twin")
twin.setup({ command = { os.getenv("TWIN_SERVER") } })

local PATIENCE_MS = 30000
local answers = {}

local function wait(what, is_so)
  if not vim.wait(PATIENCE_MS, is_so, 10) then
    error("waited in vain for " .. what)
  end
end

local function line_of(text)
  for number, line in ipairs(vim.api.nvim_buf_get_lines(0, 0, -1, false)) do
    local from = line:find(text, 1, true)
    if from then
      return number, from
    end
  end
  error("no line has " .. text)
end

-- Writes a line below the one that has a text.
local function write_below(text, line)
  local number = line_of(text)
  vim.api.nvim_buf_set_lines(0, number, number, false, { line })
end

local function rewrite(from, to)
  local number = line_of(from)
  vim.api.nvim_buf_set_lines(0, number - 1, number, false, { to })
end

-- Puts the cursor on a text, or so many bytes behind its beginning.
local function go_to(text, behind)
  local number, from = line_of(text)
  vim.api.nvim_win_set_cursor(0, { number, from - 1 + (behind or 0) })
end

local function ask(method, params)
  local all = vim.lsp.buf_request_sync(0, method, params, PATIENCE_MS)
  for _, answer in pairs(all or {}) do
    if answer.error or answer.err then
      error(vim.inspect(answer))
    end
    return answer.result
  end
end

local function here()
  return vim.lsp.util.make_position_params(0, "utf-16")
end

local function finding()
  local found = vim.diagnostic.get(0)[1]
  local line = vim.api.nvim_buf_get_lines(0, found.lnum, found.lnum + 1, false)[1]
  local code = found.code or (found.user_data and found.user_data.lsp.code)
  return {
    code = code,
    severity = found.severity,
    message = found.message,
    text = line:sub(found.col + 1, found.end_col),
  }
end

local function has_finding(code)
  return function()
    local found = vim.diagnostic.get(0)
    return #found == 1 and finding().code == code
  end
end

local function no_finding()
  return #vim.diagnostic.get(0) == 0
end

local function labels(result)
  local found = {}
  for _, item in ipairs(result.items or result) do
    table.insert(found, item.label)
  end
  return found
end

local function show_findings()
  -- The first findings of a file without any are an empty list; the server has answered by then.
  ask("textDocument/documentSymbol", { textDocument = vim.lsp.util.make_text_document_params() })
  answers.findings_at_first = #vim.diagnostic.get(0)

  write_below("let warming", "    let wrong = (coolant > 20 °C) and (tires[0] + coolant > 3 bar)")
  wait("a unit error", has_finding("E0301"))
  answers.unit_error = finding()

  rewrite("let wrong", "    let wrong = (coolant > 20 °C) and (speed > 3)")
  wait("a bare number", has_finding("E0305"))
  answers.bare_number = finding()
end

local function take_cure()
  go_to("let wrong")
  local params = vim.lsp.util.make_range_params(0, "utf-16")
  local start = params.range.start
  params.range = { start = start, ["end"] = { line = start.line, character = 60 } }
  params.context = { diagnostics = {} }
  local action = ask("textDocument/codeAction", params)[1]
  vim.lsp.util.apply_workspace_edit(action.edit, "utf-16")
  wait("the finding to go", no_finding)
  local number = line_of("let wrong")
  answers.cure = {
    title = action.title,
    line = vim.api.nvim_buf_get_lines(0, number - 1, number, false)[1],
    findings_left = #vim.diagnostic.get(0),
  }
end

local function ask_about_names()
  go_to("coolant > 20 °C")
  answers.hover = ask("textDocument/hover", here()).contents.value
  local place = ask("textDocument/definition", here())
  local line = vim.api.nvim_buf_get_lines(0, place.range.start.line, place.range.start.line + 1, false)[1]
  answers.definition = {
    line = place.range.start.line,
    word = line:sub(place.range.start.character + 1, place.range["end"].character),
  }
end

local function complete()
  write_below("let wrong", "    let more = cool")
  go_to("let more = cool", #"let more = cool")
  answers.completion = labels(ask("textDocument/completion", here()))
  rewrite("let more", "    let more = coolant > 20 ")
  go_to("let more = coolant > 20 ", #"let more = coolant > 20 ")
  answers.units = labels(ask("textDocument/completion", here()))
end

local function format()
  rewrite("let more", "    let   warmer=coolant>30 degC")
  twin.format()
  local number = line_of("warmer")
  answers.formatted = vim.api.nvim_buf_get_lines(0, number - 1, number, false)[1]
end

local function look_at_colours()
  vim.cmd("syntax enable")
  local number, from = line_of("let warmer")
  answers.colour_of_let = vim.fn.synIDattr(vim.fn.synID(number, from, 1), "name")
end

local function open_library()
  rewrite("let warmer", "    let slow = ewma(coolant, tau: 10 s)")
  vim.api.nvim_buf_set_lines(0, 0, 0, false, { "use std.signal.ewma" })
  wait("a program without findings", no_finding)
  go_to("ewma(coolant")
  local place = ask("textDocument/definition", here())
  vim.cmd("silent edit! " .. vim.uri_to_fname(place.uri))
  answers.definition_in_library = {
    file = vim.api.nvim_buf_get_name(0),
    line = vim.api.nvim_buf_get_lines(0, place.range.start.line, place.range.start.line + 1, false)[1],
  }
end

local function all()
  vim.o.hidden = true
  vim.cmd("edit " .. os.getenv("TWIN_PROGRAM"))
  answers.filetype = vim.bo.filetype
  wait("the server", function()
    for _, client in pairs((vim.lsp.get_clients or vim.lsp.get_active_clients)()) do
      return client.initialized or client.server_capabilities ~= nil
    end
  end)
  for _, step in ipairs({
    show_findings, take_cure, ask_about_names, complete, format, look_at_colours, open_library,
  }) do
    step()
  end
end

local is_fine, problem = xpcall(all, debug.traceback)
if not is_fine then
  answers.error = tostring(problem)
end
local file = assert(io.open(os.getenv("TWIN_ANSWERS"), "w"))
file:write(vim.fn.json_encode(answers))
file:close()
vim.cmd("qall!")
