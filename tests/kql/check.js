// Reads {name: query} as JSON from standard input; prints {name: [what is wrong]} as JSON.

require("@kusto/language-service-next/bridge.js");
require("@kusto/language-service-next/Kusto.Language.Bridge.js");

const { GlobalState, KustoCode, Symbols } = Kusto.Language;

// The columns of Log Analytics' own tables that the queries use.
// https://learn.microsoft.com/azure/azure-monitor/reference/tables/apptraces
const tables = {
  AppTraces: "(TimeGenerated:datetime, Message:string)",
  AppRequests: "(TimeGenerated:datetime, Url:string, ResultCode:string, ItemCount:int)",
};

const symbols = Object.entries(tables).map(([name, columns]) => Symbols.TableSymbol.From(columns).WithName(name));

function workspace(symbols) {
  return GlobalState.Default.WithDatabase(new Symbols.DatabaseSymbol.ctor("workspace", symbols));
}

function diagnostics(query, state) {
  const found = KustoCode.ParseAndAnalyze(query, state).GetDiagnostics();
  return Array.from({ length: found.Count }, (_, index) => found.getItem(index));
}

function problems(query) {
  const withTables = diagnostics(query, workspace(symbols));
  // Before the first row there is no table: a warning about that is right there, an error is not.
  const withoutTables = diagnostics(query, workspace([])).filter((each) => each.Severity === "Error");
  return [...withTables, ...withoutTables].map(
    (each) => `${each.Message} (${query.slice(each.Start, each.Start + each.Length)})`,
  );
}

const queries = JSON.parse(require("node:fs").readFileSync(0, "utf8"));
const said = Object.entries(queries).map(([name, query]) => [name, problems(query)]);
process.stdout.write(JSON.stringify(Object.fromEntries(said)));
