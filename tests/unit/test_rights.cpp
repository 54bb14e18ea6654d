// sql/rights as statements.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "base/errors.h"
#include "rights.h"

namespace hy::test {

namespace {
constexpr const char* kText =
    "# words\n# table  a    b\n"
    "shared   SI   S\n"
    "secret   -    SIUD\n";
std::string statements() { return tools::rights_statements(kText, "house", "localhost", {"one", "it's \\"}); }
bool has(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }
}  // namespace

BOOST_AUTO_TEST_SUITE(rights)

BOOST_AUTO_TEST_CASE(each_role_has_its_rights_and_no_others) {
    const std::string text = statements();
    BOOST_TEST(has(text, "REVOKE UPDATE, DELETE ON `house`.`shared` FROM 'hongyan_a'@'localhost';\n"));
    BOOST_TEST(has(text, "REVOKE SELECT, INSERT, UPDATE, DELETE ON `house`.`secret` FROM 'hongyan_a'@'localhost';\n"));
    BOOST_TEST(has(text, "REVOKE INSERT, UPDATE, DELETE ON `house`.`shared` FROM 'hongyan_b'@'localhost';\n"));
    BOOST_TEST(!has(text, "`secret` FROM 'hongyan_b'"));
}

BOOST_AUTO_TEST_CASE(nothing_that_runs_misses_a_right_meanwhile) {
    const std::string text = statements();
    BOOST_TEST(text.find("GRANT SELECT, INSERT, UPDATE, DELETE ON `house`.`shared` TO 'hongyan_a'") <
               text.find("REVOKE UPDATE, DELETE ON `house`.`shared` FROM 'hongyan_a'"));
    BOOST_TEST(!has(text, "REVOKE ALL"));
    BOOST_TEST(!has(text, "DROP USER"));
}

BOOST_AUTO_TEST_CASE(a_password_ends_no_statement) { BOOST_TEST(has(statements(), "IDENTIFIED BY 'it\\'s \\\\';\n")); }

BOOST_AUTO_TEST_CASE(what_is_no_matrix_is_refused) {
    for (const char* text : {"", "# table a\n", "shared SI\n", "# table a b\nshared SI\n", "# table a\nshared SX\n"})
        BOOST_CHECK_THROW(tools::rights_roles(text), Error);
    BOOST_CHECK_THROW(tools::rights_statements(kText, "house", "localhost", {"one"}), Error);
}

// Who adds a table says there who needs it.
BOOST_AUTO_TEST_CASE(every_table_has_its_row) {
    const auto read = [](const std::string& name) {
        const char* root = std::getenv("HONGYAN_TEST_ROOT");
        std::ifstream file(std::string(root ? root : HONGYAN_SOURCE_ROOT) + "/sql/" + name);
        return std::string((std::istreambuf_iterator<char>(file)), {});
    };
    const std::string schema = read("schema.sql"), matrix = read("rights"), mark = "CREATE TABLE `";
    BOOST_TEST(tools::rights_roles(matrix).size() == 7u);
    size_t tables = 0;
    for (size_t at = 0; (at = schema.find(mark, at)) != std::string::npos; ++tables) {
        at += mark.size();
        const std::string table = schema.substr(at, schema.find('`', at) - at);
        BOOST_TEST(has(matrix, "\n" + table + " "), table);
    }
    BOOST_TEST(tables == static_cast<size_t>(std::count(matrix.begin(), matrix.end(), '\n') - 5));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace hy::test
