// Starts `twin lsp` for Twin files. All that it can do is in the server.
const { workspace } = require("vscode");
const { LanguageClient, TransportKind } = require("vscode-languageclient/node");

let client;

function activate() {
  const command = workspace.getConfiguration("twin").get("command");
  const server = { command, args: ["lsp"], transport: TransportKind.stdio };
  const schemas = workspace.createFileSystemWatcher("**/*.{twin,avsc,proto,json}");
  client = new LanguageClient("twin", "Twin", server, {
    documentSelector: [{ language: "twin" }],
    synchronize: { fileEvents: schemas },
  });
  return client.start();
}

function deactivate() {
  return client?.stop();
}

module.exports = { activate, deactivate };
