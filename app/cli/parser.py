"""The grammar of the command line. Which function serves a command stands in :mod:`app.cli.main`."""

from __future__ import annotations

import argparse
import os
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from app.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    # argparse keeps the type of its sub-commands to itself.
    Commands = argparse._SubParsersAction["Parser"]  # noqa: SLF001


_USUAL_WIDTH = 80


class _Help(argparse.HelpFormatter):
    """Help as wide as the terminal. argparse makes one for each argument, and loads `shutil` to ask for the width."""

    def __init__(self, prog: str) -> None:
        super().__init__(prog, width=_terminal_width() - 2)


@cache
def _terminal_width() -> int:
    told = os.environ.get("COLUMNS", "")
    if told.isdecimal() and int(told):
        return int(told)
    try:
        return os.get_terminal_size(2).columns or _USUAL_WIDTH  # people's text goes to standard error
    except OSError:
        return _USUAL_WIDTH


class Parser(argparse.ArgumentParser):
    """argparse that raises UsageError instead of leaving the program by itself."""

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - argparse's own
        super().__init__(**{"formatter_class": _Help} | settings)

    def error(self, message: str) -> NoReturn:
        """Refuse the command line."""
        from app.cli.refusals import in_chinese

        raise UsageError(detail=in_chinese(message))


def build(words: Sequence[str] = ()) -> Parser:
    """The grammar. ``command`` in the result is e.g. ``sheet check``.

    Where ``words`` begin with a command, of its group alone: to build the whole takes as long as to read a small file.
    """
    parser = Parser(prog="shebao", description="单位社保申报客户端（命令行）。", add_help=True)
    commands = parser.add_subparsers(dest="group", metavar="命令", parser_class=Parser)
    wanted = _ADDED_BY.get(words[0]) if words else None
    for add in (wanted,) if wanted else dict.fromkeys(_ADDED_BY.values()):
        add(commands)
    return parser


def _command(commands: Commands, name: str, help_text: str) -> Parser:
    return commands.add_parser(name, help=help_text, description=help_text)


def _group(commands: Commands, name: str, help_text: str) -> argparse._SubParsersAction[Parser]:
    group = _command(commands, name, help_text)
    return group.add_subparsers(dest="action", metavar="动作", required=True, parser_class=Parser)


def _simple(commands: Commands) -> None:
    _command(commands, "doctor", "自检：驱动、UKey、证书、网络、社保系统、字体、磁盘")
    _regions(commands)
    verify = _command(commands, "verify", "核对 PDF 的电子签名")
    verify.add_argument("file")
    explain = _command(commands, "explain", "解释社保系统的一条提示")
    explain.add_argument("text")


def _regions(commands: Commands) -> None:
    regions = _command(commands, "regions", "列出地区和各地区的事项；安装、撤回地区包的更新")
    actions = regions.add_subparsers(dest="action", metavar="动作", parser_class=Parser)
    install = _command(actions, "install", "安装一份签名的地区包更新")
    install.add_argument("file")
    install.add_argument("--trust", default="", metavar="FINGERPRINT", help="信任这把发布钥匙：与发布方核对过的指纹")
    install.add_argument("--force", action="store_true", help="版本不比现在的新也安装")
    _command(actions, "updates", "现在用的是哪份地区包，装过哪些更新，信任哪些发布者")
    _command(actions, "rollback", "撤回一个地区最后装的更新").add_argument("region")


def _business(commands: Commands) -> None:
    query = _command(commands, "query", "向社保系统查询，可以存为表格")
    query.add_argument("name", help="查询事项的编号")
    query.add_argument("--with", dest="values", action="append", default=[], metavar="KEY=VALUE", help="条件，可以重复")
    query.add_argument("--out", metavar="FILE", help="存为 .xlsx 或 .csv")
    query.add_argument("--pdf", metavar="OUT", help="按地区的式样打印，如电子票据、特殊缴费申报表")
    query.add_argument("--row", action="append", default=[], metavar="TEXT", help="只打印有这一格的行，可以重复")
    file = _command(commands, "file", "办一笔事项：检查、签名、提交")
    file.add_argument("item")
    file.add_argument("--with", dest="values", action="append", default=[], metavar="KEY=VALUE", help="填写，可以重复")
    file.add_argument(
        "--attach",
        dest="files",
        action="append",
        default=[],
        metavar="SLOT[=FILE]",
        help="附件；不写文件则由程序生成待盖章的表",
    )
    _token(file)
    payroll = _command(commands, "reconcile", "工资表与参保人员核对：谁没参保、谁已离开、谁的基数不同")
    payroll.add_argument("file")
    payroll.add_argument("--drafts", action="store_true", help="把能办的差异存为增员、减员、基数申报的草稿")
    guide = _command(commands, "guide", "一个事项的说明：要什么、怎么办、到哪里办")
    guide.add_argument("item")
    guide.add_argument("--region", help="默认是最近登录的地区")
    guide.add_argument("--pdf", metavar="OUT", help="把要填的表存为 PDF")
    guide.add_argument("--person", action="append", default=[], metavar="ID", help="表上填这个人，可以重复")


def _ukey(commands: Commands) -> None:
    ukey = _group(commands, "ukey", "UKey")
    _command(ukey, "list", "列出插着的 UKey 和没有用上的驱动")
    test = _command(ukey, "test", "用 UKey 签名并验签一次")
    _token(test)
    _command(ukey, "add", "添加一家驱动（PKCS#11 模块的文件）").add_argument("file")
    _command(ukey, "remove", "不再用自己添加的驱动").add_argument("file")
    change = _command(ukey, "change-pin", "修改 PIN")
    _token(change)


def _login(commands: Commands) -> None:
    login = _command(commands, "login", "用 UKey 登录社保系统")
    login.add_argument("--bureau", required=True, metavar="URL", help="社保系统的地址")
    login.add_argument("--ca", metavar="FILE", help="社保系统的根证书")
    _token(login)
    _command(commands, "logout", "退出登录")
    _command(commands, "whoami", "现在是哪个单位")


def _sheet(commands: Commands) -> None:
    sheet = _group(commands, "sheet", "表格")
    template = _command(sheet, "template", "生成空白模板")
    template.add_argument("item")
    template.add_argument("out", metavar="OUT.xlsx")
    template.add_argument("--region", required=True)
    for name, help_text in (
        ("check", "离线检查表格"),
        ("import", "导入表格为草稿"),
        ("folder", "逐个检查一个文件夹里的表格"),
    ):
        one = _command(sheet, name, help_text)
        one.add_argument("dir" if name == "folder" else "file")
        one.add_argument("--item", required=True)
        one.add_argument("--region", required=True)
        one.add_argument("--on", metavar="YYYY-MM", help="按哪个月的标准检查，默认当月")
        if name == "folder":
            continue
        one.add_argument("--sheet", metavar="NAME", help="用哪个工作表，默认最像的那个")
        if name == "check":
            one.add_argument("--errors", metavar="OUT.xlsx", help="把问题标在表格里另存")


def _filing(commands: Commands) -> None:
    filing = _group(commands, "filing", "办件")
    _command(filing, "list", "列出办件")
    show = _command(filing, "show", "看一笔办件")
    show.add_argument("id")
    submit = _command(filing, "submit", "签名并提交")
    submit.add_argument("ids", nargs="*", metavar="ID")
    submit.add_argument("--batch")
    _token(submit)
    attach = _command(filing, "attach", "附上扫描件，或生成待盖章的表")
    attach.add_argument("id")
    attach.add_argument("--slot", required=True)
    attach.add_argument("--file")
    _command(filing, "sync", "发送待发送的，取回办理结果")
    for name, help_text in (("withdraw", "撤回审核中的一笔"), ("void", "作废一笔草稿")):
        one = _command(filing, name, help_text)
        one.add_argument("id")
        if name == "withdraw":
            _token(one)


def _pay(commands: Commands) -> None:
    pay = _group(commands, "pay", "缴费")
    calculate = _command(pay, "calculate", "离线计算一个人一个月的费用")
    calculate.add_argument("--region", required=True)
    calculate.add_argument("--on", required=True, metavar="YYYY-MM")
    calculate.add_argument("--base", required=True, metavar="YUAN")
    calculate.add_argument("--injury-class", default="1", metavar="N")
    calculate.add_argument("--insurance", action="append", metavar="I", help="只算这个险种，可以重复")
    compare = _command(pay, "compare", "自己的计算与社保系统的核定逐人对照")
    compare.add_argument("--month", required=True)
    compare.add_argument("--insurance", action="append", metavar="I")
    declare = _command(pay, "declare", "申报当月缴费并开具单据")
    declare.add_argument("--month", required=True)
    declare.add_argument("--insurance", action="append", metavar="I")
    _token(declare)
    notice = _command(pay, "notice", "把单据存为 PDF")
    notice.add_argument("number")
    notice.add_argument("--pdf", required=True, metavar="OUT")
    track = _command(pay, "track", "看钱到了哪一步")
    track.add_argument("number")


def _certificate(commands: Commands) -> None:
    certificate = _command(commands, "certificate", "出具参保证明")
    certificate.add_argument("--insurance", required=True, metavar="I")
    certificate.add_argument("--months", required=True, metavar="N")
    certificate.add_argument("--person", action="append", default=[], metavar="ID")
    certificate.add_argument("--pdf", required=True, metavar="OUT")
    _token(certificate)


def _tool(commands: Commands) -> None:
    tool = _group(commands, "tool", "小工具")
    _command(tool, "identity", "看证件号码").add_argument("value")
    _command(tool, "amount", "金额大写").add_argument("value")
    deadline = _command(tool, "deadline", "几个工作日之后是哪天")
    deadline.add_argument("--issued", required=True, metavar="YYYY-MM-DD")
    deadline.add_argument("--working-days", required=True, metavar="N")
    deadline.add_argument("--region", required=True)
    retirement = _command(tool, "retirement", "法定退休时间")
    retirement.add_argument("--born", required=True, metavar="YYYY-MM")
    retirement.add_argument("--sex", required=True, choices=("male", "female"))
    retirement.add_argument("--category", required=True, choices=("cadre", "worker"))
    late = _command(tool, "late-fee", "滞纳金")
    late.add_argument("--region", required=True)
    late.add_argument("--amount", required=True, metavar="YUAN")
    late.add_argument("--due", required=True, metavar="YYYY-MM-DD")
    late.add_argument("--paid", required=True, metavar="YYYY-MM-DD")


def _token(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--token", metavar="SERIAL", help="用哪一把 UKey")
    parser.add_argument("--pin-stdin", action="store_true", help="从标准输入读一行作为 PIN")


_ADDED_BY: dict[str, Callable[[Commands], None]] = {
    **dict.fromkeys(("doctor", "regions", "verify", "explain"), _simple),
    **dict.fromkeys(("query", "file", "reconcile", "guide"), _business),
    "ukey": _ukey,
    **dict.fromkeys(("login", "logout", "whoami"), _login),
    "sheet": _sheet,
    "filing": _filing,
    "pay": _pay,
    "certificate": _certificate,
    "tool": _tool,
}
