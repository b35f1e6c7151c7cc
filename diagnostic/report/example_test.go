package report_test

import (
	"os"

	"github.com/packstage/packstage/diagnostic"
	"github.com/packstage/packstage/diagnostic/report"
)

func exampleFindings() diagnostic.Diagnostics {
	return diagnostic.Diagnostics{
		{
			Code:     diagnostic.ManifestUnknownField,
			Position: diagnostic.Position{File: "manifest.yaml", Line: 2, Column: 3},
			Field:    "spec.pahses",
			Message:  "unknown field",
			Hint:     `did you mean "phases"?`,
		},
		{
			Code:     diagnostic.LockMissing,
			Severity: diagnostic.Warning,
			Message:  "spec.images without a lock",
		},
	}
}

func ExampleHuman() {
	files := map[string][]byte{"manifest.yaml": []byte("spec:\n  pahses: []\n")}
	_ = report.Human(os.Stdout, exampleFindings(), report.HumanOptions{
		Sources: func(file string) ([]byte, bool) {
			content, ok := files[file]
			return content, ok
		},
	})
	// Output:
	// warning[lock-missing]: spec.images without a lock
	//
	// error[manifest-unknown-field]: unknown field
	//   --> manifest.yaml:2:3 (field spec.pahses)
	//    |
	//  2 |   pahses: []
	//    |   ^
	//   hint: did you mean "phases"?
	//
	// 1 error, 1 warning
}

func ExampleJSON() {
	_ = report.JSON(os.Stdout, exampleFindings()[1:], report.JSONOptions{})
	// Output:
	// {
	//   "schemaVersion": 1,
	//   "diagnostics": [
	//     {
	//       "code": "lock-missing",
	//       "severity": "warning",
	//       "message": "spec.images without a lock"
	//     }
	//   ],
	//   "summary": {
	//     "errors": 0,
	//     "warnings": 1
	//   }
	// }
}

func ExampleSARIF() {
	_ = report.SARIF(os.Stdout, exampleFindings()[:1], report.SARIFOptions{
		Path: func(file string) string { return "packages/web/" + file },
	})
	// Output:
	// {
	//   "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
	//   "version": "2.1.0",
	//   "runs": [
	//     {
	//       "tool": {
	//         "driver": {
	//           "name": "packstage",
	//           "rules": [
	//             {
	//               "id": "manifest-unknown-field"
	//             }
	//           ]
	//         }
	//       },
	//       "columnKind": "utf16CodeUnits",
	//       "results": [
	//         {
	//           "ruleId": "manifest-unknown-field",
	//           "ruleIndex": 0,
	//           "level": "error",
	//           "message": {
	//             "text": "spec.pahses: unknown field\nhint: did you mean \"phases\"?"
	//           },
	//           "locations": [
	//             {
	//               "physicalLocation": {
	//                 "artifactLocation": {
	//                   "uri": "packages/web/manifest.yaml"
	//                 },
	//                 "region": {
	//                   "startLine": 2,
	//                   "startColumn": 3
	//                 }
	//               }
	//             }
	//           ],
	//           "properties": {
	//             "field": "spec.pahses"
	//           }
	//         }
	//       ]
	//     }
	//   ]
	// }
}

func ExampleJUnit() {
	_ = report.JUnit(os.Stdout, exampleFindings(), report.JUnitOptions{SuiteName: "web"})
	// Output:
	// <?xml version="1.0" encoding="UTF-8"?>
	// <testsuites tests="2" failures="1">
	//   <testsuite name="web" tests="2" failures="1" errors="0" skipped="0">
	//     <testcase name="lock-missing" classname="web">
	//       <system-out>warning: spec.images without a lock</system-out>
	//     </testcase>
	//     <testcase name="manifest-unknown-field line 2:3 spec.pahses" classname="manifest.yaml">
	//       <failure message="unknown field" type="manifest-unknown-field">error: unknown field&#xA;at manifest.yaml:2:3 (field spec.pahses)&#xA;hint: did you mean &#34;phases&#34;?</failure>
	//     </testcase>
	//   </testsuite>
	// </testsuites>
}
