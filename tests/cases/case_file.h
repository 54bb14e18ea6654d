// The text of a .case file as steps. The format, which README.md shows by example:
//
//   # What the file is about                  a line that starts with "#" is a comment, outside bodies
//   === what this step shows                  begins a step
//   only nginx | only pipeline                where alone it makes sense
//   as alice | as admin | as nobody           whose token is sent; a new account for each run of a file;
//                                             {{alice.id}}, {{alice.token}}, {{alice.refresh}} hold the rest
//   as agent NAME                             x-api-key is the saved NAME
//   seed 5 messages from alice with robot {{robot}} [in {{conversation}}] [attaching {{file_path}}]
//                                             odd ones by the user, even ones by the robot: 第 1 句 …
//   disable alice                             as an operator would
//   sms 13800000000 as NAME                   the last code sent to that phone; {{phone}} and {{phone2}} are new in
//                                             each run
//   setting KEY = VALUE                       until the end of the file (only pipeline)
//   later 31 s | wait 1100 ms                 turns the clock (only pipeline) | really waits
//   repeat 30                                 the request is sent so often; each answer is compared
//   POST /ocms/robots/                        the request, its headers, an empty line, its body
//   Name: value
//                                             without a Content-Type a body is application/json
//   {"name": "{{repeat 101 字}}"}              {{name}} is replaced everywhere; {{run}} is new in each run
//   body multipart [part=file] [file=NAME] [type=TYPE] [hex=FFD8FF] [text=...] [size=11MB] [cut]
//   body hex=C3 | body size=2MB               raw bytes; `size` fills up with zero bytes, `cut` leaves out
//                                             the closing boundary
//   expect 200                                then expected headers, an empty line, the body:
//   Name: value                               <any> is any text within; <absent>: not there
//                                             JSON: exact but for wildcards; no body: the answer's is empty
//   {"id": "<id:conv_:16>", "list": ["a", ...]}
//   body any | body hex=FFD8 | body contains TEXT
//   save name = /json/pointer                 for later steps; also `header NAME`, `url /pointer` (an address
//                                             without its host), `query NAME /pointer` (one of its values)
//
// Wildcards: "<string>", "<int>", "<bool>", "<digits>" (a decimal string), "<time>" (ISO 8601 with Z),
// "<token>" (a JWT), "<id:PREFIX>" and "<id:PREFIX:LENGTH>" (PREFIX, then letters, digits, - or _),
// "<any>" (anything, also as a part of a text). "..." at the end of an array: any further items.
#pragma once
#include <string>
#include <utility>
#include <vector>

namespace hy::cases {

using Pairs = std::vector<std::pair<std::string, std::string>>;

struct Step {
    int line = 0;
    std::string title;
    std::string only;  // "", "nginx", "pipeline"
    std::string as = "nobody";
    Pairs before;  // seed, disable, setting, later, wait, sms: verb and the rest of the line, in order
    int repeat = 1;
    std::string method, target;
    Pairs headers;
    std::string body;  // text, or a line that starts with "body "
    int status = 0;
    Pairs expected_headers;
    std::string expected_body;  // JSON, a line that starts with "body ", or empty
    Pairs saves;
};

struct CaseFile {
    std::string title;
    std::vector<Step> steps;
    bool concerns(const std::string& executor) const;
};

// Throws std::runtime_error that names the line.
CaseFile parse_case(const std::string& text);

}  // namespace hy::cases
