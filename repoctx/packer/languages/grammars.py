"""Which syntax nodes are definitions, for each language that tree-sitter parses.

One line a node type: the node, what it defines, and options. ``inside`` looks for members in it;
``name=`` is the field that holds its name when that is not ``name``; ``if=`` is a condition;
``prefix=`` stands before its signature; ``kind=`` is the field that says what it defines. A line
that starts with ``>`` lists nodes that are looked into without being definitions, ``+`` those that
also begin the signature of what they wrap.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache


@dataclass(frozen=True, slots=True)
class Rule:
    """How one type of node defines something."""

    kind: str
    """class, function, method, constant, type, interface, …: what the definition is called."""
    inside: bool = False
    name: str = "name"
    condition: str = ""
    """``upper``: the name starts with a capital; ``callable``: its value is a function;
    ``notable``: either of the two;
    ``prototype``: it declares a function; ``valued``, ``body``: it has one; ``constant``: it is
    declared so."""
    prefix: str = ""
    kind_field: str = ""
    """The field that holds the kind's word, where one node stands for several kinds."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """A tree-sitter grammar and what to take from its trees."""

    module: str
    """The Python module of the grammar's wheel."""
    function: str
    """What returns the grammar in it."""
    rules: Mapping[str, Rule]
    containers: frozenset[str]
    wrappers: frozenset[str]


_ECMASCRIPT = """
class_declaration class inside
abstract_class_declaration class inside
class class inside
function_declaration function
generator_function_declaration function
function_signature function
method_definition method
method_signature method
abstract_method_signature method
property_signature property
public_field_definition method if=callable
field_definition method name=property if=callable
interface_declaration interface inside
type_alias_declaration type
enum_declaration enum
module namespace inside
internal_module namespace inside
variable_declarator constant
assignment_expression function name=left if=callable
> program class_body interface_body object_type statement_block
+ export_statement lexical_declaration variable_declaration expression_statement ambient_declaration
"""
_C = """
preproc_def constant if=valued
preproc_function_def macro
struct_specifier struct inside if=body
union_specifier union if=body
enum_specifier enum if=body
type_definition type name=declarator
declaration function name=declarator if=prototype
function_definition function name=declarator
> translation_unit preproc_if preproc_ifdef preproc_else preproc_elif linkage_specification
> declaration_list
"""
_CPP = f"""{_C}
class_specifier class inside if=body
namespace_definition namespace inside
field_declaration method name=declarator if=prototype
alias_declaration type
concept_definition type
> field_declaration_list
+ template_declaration
"""
_TABLES = {
    "python": """
class_definition class inside
function_definition function
assignment constant name=left if=upper
type_alias_statement type name=left
> module block if_statement elif_clause else_clause try_statement except_clause finally_clause
> with_statement expression_statement
+ decorated_definition
""",
    "javascript": _ECMASCRIPT,
    "typescript": _ECMASCRIPT,
    "tsx": _ECMASCRIPT,
    "go": """
function_declaration function
method_declaration method
type_spec type inside prefix=type
type_alias type prefix=type
method_elem method
const_spec constant prefix=const
var_spec variable prefix=var
> source_file const_declaration var_declaration var_spec_list type_declaration interface_type
""",
    "rust": """
struct_item struct
enum_item enum
union_item union
trait_item trait inside
impl_item impl inside name=type
mod_item module inside if=body
function_item function
function_signature_item function
const_item constant
static_item constant
type_item type
associated_type type
macro_definition macro
> source_file declaration_list foreign_mod_item
""",
    "java": """
class_declaration class inside
interface_declaration interface inside
enum_declaration enum inside
record_declaration record inside
annotation_type_declaration interface
method_declaration method
constructor_declaration method
field_declaration constant name=declarator if=constant
> program class_body interface_body enum_body enum_body_declarations
""",
    "kotlin": """
class_declaration class inside
object_declaration object inside
companion_object object inside
function_declaration function
property_declaration constant name=variable_declaration if=upper
type_alias type
> source_file class_body enum_class_body
""",
    "scala": """
class_definition class inside
object_definition object inside
trait_definition trait inside
enum_definition enum inside
package_object object inside
extension_definition extension inside
function_definition function
function_declaration function
val_definition constant name=pattern if=upper
type_definition type
given_definition given
> compilation_unit template_body enum_body package_clause
""",
    "c": _C,
    "cpp": _CPP,
    "csharp": """
namespace_declaration namespace inside
class_declaration class inside
struct_declaration struct inside
record_declaration record inside
interface_declaration interface inside
enum_declaration enum
method_declaration method
constructor_declaration method
property_declaration property
delegate_declaration type
field_declaration constant name=variable_declaration if=constant
> compilation_unit declaration_list
""",
    "ruby": """
module module inside
class class inside
method function
singleton_method function
assignment constant name=left if=upper
> program body_statement
""",
    "php": """
namespace_definition namespace inside if=body
class_declaration class inside
interface_declaration interface inside
trait_declaration trait inside
enum_declaration enum inside
method_declaration method
function_definition function
const_element constant prefix=const
> program declaration_list enum_declaration_list compound_statement const_declaration
""",
    "bash": """
function_definition function
variable_assignment constant if=upper
> program declaration_command
""",
    "css": """
rule_set selector
keyframes_statement keyframes
> stylesheet media_statement supports_statement at_rule block
""",
    "swift": """
class_declaration class inside kind=declaration_kind
protocol_declaration protocol inside
function_declaration function
protocol_function_declaration method
protocol_property_declaration property name=pattern
init_declaration init name=none
subscript_declaration subscript name=none
property_declaration constant if=upper
typealias_declaration type
associatedtype_declaration type
> source_file class_body enum_class_body protocol_body
""",
    "lua": """
function_declaration function
assignment_statement constant name=variable_list if=notable
field function if=callable
> chunk return_statement expression_list table_constructor
+ variable_declaration
""",
    "json": """
pair key name=key
> document object
""",
    "toml": """
table table
table_array_element table
pair key
> document
""",
    "html": "",  # as markup.py takes them
    "markdown": "",
}
_WHEELS = {
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "php": ("tree_sitter_php", "language_php"),
    "csharp": ("tree_sitter_c_sharp", "language"),
}


@cache
def grammar_of(language: str) -> Grammar | None:
    """Return the language's grammar; None when there is none. Loads no wheel."""
    table = _TABLES.get(language)
    if table is None:
        return None
    rules: dict[str, Rule] = {}
    looked_into: dict[str, list[str]] = {">": ["ERROR"], "+": []}
    for node, *words in (line.split() for line in table.splitlines() if line):
        if node in looked_into:
            looked_into[node] += words
        else:
            rules[node] = _rule(words)
    module, function = _WHEELS.get(language, (f"tree_sitter_{language}", "language"))
    containers, wrappers = map(frozenset, looked_into.values())
    return Grammar(module, function, rules, containers, wrappers)


def _rule(words: list[str]) -> Rule:
    kind, *options = words
    values = dict(option.partition("=")[::2] for option in options)
    return Rule(
        kind=kind,
        inside="inside" in values,
        name=values.get("name", "name"),
        condition=values.get("if", ""),
        prefix=values.get("prefix", ""),
        kind_field=values.get("kind", ""),
    )
