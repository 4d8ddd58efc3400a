"""Lines that language models write for the other libraries, by which their versions were chosen.

Run as a script it tries them with the libraries of whatever Python runs it, and counts.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import NamedTuple

BEFORE = """\
import json, warnings
warnings.simplefilter("ignore")
import matplotlib
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import plotly.express as px
import plotly.graph_objects as go
import scipy
import seaborn as sns
import sklearn.ensemble as E
import sklearn.metrics as M
import sklearn.preprocessing as P
from sklearn.linear_model import LinearRegression, LogisticRegression
x = np.random.rand(60, 3)
y = (x[:, 0] > 0.5).astype(int)
df = pd.DataFrame(x, columns=list("abc")).assign(
    g=np.where(y, "u", "v"), d=pd.date_range("2024-01-01", periods=60)
)
def tried(line):
    try:
        exec(line, globals())
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    finally:
        plt.close("all")
    return ""
"""


class Line(NamedTuple):
    """What is written, a part of the error that it ends in, "" where it runs, and how it is written now."""

    code: str
    error: str = ""
    instead: str = ""


LINES = (
    # matplotlib.
    Line("plt.boxplot([[1,2],[2,3]],labels=['a','b'])", "unexpected keyword argument 'labels'", "tick_labels=..."),
    Line("plt.boxplot([1,2],vert=False)"),
    Line(
        "plt.cm.get_cmap('viridis',5)",
        "'matplotlib.cm' has no attribute 'get_cmap'",
        "matplotlib.colormaps[name].resampled(n)",
    ),
    Line(
        "matplotlib.cm.get_cmap('tab10')",
        "'matplotlib.cm' has no attribute 'get_cmap'",
        "matplotlib.colormaps[name]",
    ),
    Line("plt.style.use('seaborn')", "'seaborn' is not a valid package style", "seaborn.set_theme()"),
    Line("plt.style.use('seaborn-v0_8-whitegrid')"),
    Line("plt.plot_date(df.d,df.a)", "no attribute 'plot_date'", "plt.plot(dates, values)"),
    Line("plt.gca().bar_label(plt.bar(['a'],[1]))"),
    Line("plt.hist(df.a,bins=5,density=True)"),
    Line("plt.plot([1],label='a');plt.legend(loc='upper left',bbox_to_anchor=(1,1))"),
    Line("f,a=plt.subplots(2,2,figsize=(5,5));plt.tight_layout();a[0,0].set_xticklabels(['a'],rotation=45)"),
    Line(
        "import matplotlib.dates as md; plt.gca().xaxis.set_major_formatter(md.DateFormatter('%b')); plt.gca().xaxis.set_major_locator(md.MonthLocator())"
    ),
    Line("plt.errorbar([1],[1],yerr=[.1],fmt='o',capsize=3)"),
    Line("plt.pie([1,2],labels=['a','b'],autopct='%1.1f%%',startangle=90)"),
    Line(
        "plt.figure().add_subplot(111,projection='3d').plot_surface(*np.meshgrid([1,2],[1,2]),np.eye(2),cmap='viridis')"
    ),
    Line(
        "plt.gca(projection='3d')",
        "gca() got an unexpected keyword argument 'projection'",
        'plt.figure().add_subplot(projection="3d")',
    ),
    Line(
        "plt.stem([1,2],[1,2],use_line_collection=True)",
        "unexpected keyword argument 'use_line_collection'",
        "plt.stem(x, y)",
    ),
    Line(
        "f=plt.figure();f.canvas.draw();f.canvas.tostring_rgb()",
        "no attribute 'tostring_rgb'",
        "np.asarray(figure.canvas.buffer_rgba())",
    ),
    Line("plt.suptitle('x',y=1.02)"),
    Line("plt.gca().yaxis.set_major_formatter(plt.FuncFormatter(lambda v,_:f'{v:,.0f}'))"),
    Line(
        "c=plt.contourf(np.eye(3)); c.collections[0]",
        "'QuadContourSet' object has no attribute 'collections'",
        "the contour set itself",
    ),
    Line("plt.imshow(np.eye(3),cmap=matplotlib.colormaps['magma']);plt.colorbar()"),
    Line("plt.rcParams['figure.figsize']=(8,4)"),
    Line("plt.xticks(rotation=45,ha='right')"),
    Line("plt.violinplot([[1,2,3]],showmeans=True)"),
    Line("plt.stackplot([1,2],[1,2],[2,1],labels=['a','b'])"),
    # seaborn.
    Line("sns.distplot(df.a)"),
    Line("sns.countplot(x='g',data=df,palette='Set2')"),
    Line("sns.barplot(x='g',y='a',data=df,ci=None)"),
    Line("sns.lineplot(x='d',y='a',data=df,ci=None)"),
    Line("sns.heatmap(df[list('abc')].corr(),annot=True,cmap='coolwarm')"),
    Line("sns.pairplot(df[['a','g']],hue='g')"),
    Line("sns.boxplot(df.a)"),
    Line("sns.catplot(x='g',y='a',kind='box',data=df)"),
    Line("sns.histplot(df.a,kde=True)"),
    Line("sns.jointplot(x='a',y='b',data=df,kind='reg')"),
    Line("sns.regplot(x='a',y='b',data=df)"),
    Line("sns.set(style='whitegrid')"),
    Line(
        "sns.factorplot(x='g',y='a',data=df)", "module 'seaborn' has no attribute 'factorplot'", "seaborn.catplot"
    ),
    Line("sns.kdeplot(df.a,shade=True)"),
    Line("sns.violinplot(x='g',y='a',data=df,inner='quartile')"),
    Line("sns.stripplot(x='g',y='a',data=df,jitter=True)"),
    # scikit-learn.
    Line(
        "P.OneHotEncoder(sparse=False).fit_transform(df[['g']])",
        "unexpected keyword argument 'sparse'",
        "sparse_output=False",
    ),
    Line("P.OneHotEncoder(sparse_output=False,handle_unknown='ignore').fit_transform(df[['g']])"),
    Line("M.mean_squared_error(y,y,squared=False)"),
    Line(
        "M.plot_confusion_matrix", "no attribute 'plot_confusion_matrix'", "ConfusionMatrixDisplay.from_estimator"
    ),
    Line("M.ConfusionMatrixDisplay.from_predictions(y,y)"),
    Line("LogisticRegression(multi_class='multinomial',solver='lbfgs').fit(x,y)"),
    Line("LogisticRegression(penalty='l1',solver='liblinear',C=.1).fit(x,y)"),
    Line(
        "LogisticRegression(penalty='none').fit(x,y)",
        "The 'penalty' parameter of LogisticRegression",
        "penalty=None",
    ),
    Line(
        "LinearRegression(normalize=True).fit(x,y)",
        "unexpected keyword argument 'normalize'",
        "make_pipeline(StandardScaler(), LinearRegression())",
    ),
    Line(
        "from sklearn.datasets import load_boston; load_boston()",
        "`load_boston` has been removed",
        "load_diabetes or load_iris",
    ),
    Line(
        "E.RandomForestClassifier(max_features='auto').fit(x,y)",
        "The 'max_features' parameter of RandomForestClassifier",
        'max_features="sqrt"',
    ),
    Line("E.RandomForestClassifier(n_estimators=10,random_state=42).fit(x,y).feature_importances_"),
    Line("E.GradientBoostingRegressor(loss='squared_error').fit(x,y)"),
    Line(
        "E.AdaBoostClassifier(base_estimator=LogisticRegression()).fit(x,y)",
        "unexpected keyword argument 'base_estimator'",
        "estimator=...",
    ),
    Line("E.AdaBoostClassifier(algorithm='SAMME').fit(x,y)"),
    Line("from sklearn.cluster import KMeans; KMeans(n_clusters=3,random_state=0,n_init=10).fit_predict(x)"),
    Line(
        "from sklearn.cluster import AgglomerativeClustering as A; A(affinity='euclidean').fit(x)",
        "unexpected keyword argument 'affinity'",
        "metric=...",
    ),
    Line(
        "P.OneHotEncoder().fit(df[['g']]).get_feature_names()",
        "no attribute 'get_feature_names'",
        "get_feature_names_out()",
    ),
    Line("P.OneHotEncoder().fit(df[['g']]).get_feature_names_out(['g'])"),
    Line(
        "from sklearn.externals import joblib",
        "cannot import name 'joblib' from 'sklearn.externals'",
        "import joblib",
    ),
    Line("from sklearn.svm import SVC; SVC(probability=True).fit(x,y).predict_proba(x)"),
    Line("from sklearn.manifold import TSNE; TSNE(n_iter=300,perplexity=5).fit_transform(x)"),
    Line("M.classification_report(y,y)"),
    Line(
        "from sklearn.pipeline import make_pipeline as m; m(P.StandardScaler(),LogisticRegression(max_iter=1000)).fit(x,y).score(x,y)"
    ),
    Line(
        "from sklearn.preprocessing import Imputer",
        "cannot import name 'Imputer' from 'sklearn.preprocessing'",
        "from sklearn.impute import SimpleImputer",
    ),
    Line(
        "from sklearn.model_selection import GridSearchCV as G; G(E.RandomForestClassifier(),{'n_estimators':[5]},cv=3).fit(x,y).best_params_"
    ),
    Line("E.IsolationForest(contamination=.1).fit_predict(x)"),
    # SciPy.
    Line("from scipy.integrate import trapz"),
    Line("from scipy.integrate import simps"),
    Line("from scipy.integrate import simpson; simpson(y,x=np.arange(60))"),
    Line("from scipy.integrate import cumtrapz"),
    Line("from scipy.interpolate import interp2d; interp2d([0,1],[0,1],[[0,1],[1,2]])"),
    Line("from scipy.interpolate import interp1d; interp1d([0,1],[0,1])(.5)"),
    Line(
        "from scipy.stats import binom_test; binom_test(3,10,.5)",
        "cannot import name 'binom_test'",
        "scipy.stats.binomtest",
    ),
    Line(
        "from scipy.stats import median_absolute_deviation",
        "cannot import name 'median_absolute_deviation'",
        "scipy.stats.median_abs_deviation",
    ),
    Line("from scipy import stats; stats.mode([1,1,2]).mode"),
    Line(
        "from scipy import stats; stats.mode([1,1,2])[0][0]",
        "invalid index to scalar variable",
        "scipy.stats.mode(values).mode",
    ),
    Line("from scipy import stats; stats.ttest_ind([1,2,3],[2,3,4],equal_var=False)"),
    Line(
        "from scipy.signal import gaussian",
        "cannot import name 'gaussian' from 'scipy.signal'",
        "scipy.signal.windows.gaussian",
    ),
    Line(
        "from scipy.signal import hann",
        "cannot import name 'hann' from 'scipy.signal'",
        "scipy.signal.windows.hann",
    ),
    Line("from scipy.signal import cwt, ricker"),
    Line("from scipy.signal import find_peaks; find_peaks([0,1,0])"),
    Line("from scipy.misc import derivative"),
    Line("from scipy.integrate import quad; quad(np.sin,0,1)"),
    Line("from scipy.optimize import minimize,curve_fit; minimize(lambda v:v[0]**2,[1.])"),
    Line("from scipy.special import sph_harm; sph_harm(0,0,0,0)"),
    Line("from scipy.linalg import kron"),
    Line("from scipy.linalg import tri", "cannot import name 'tri' from 'scipy.linalg'", "np.tri"),
    Line("scipy.array([1])", "'scipy' has no attribute 'array'", "np.array"),
    # NumPy.
    Line("np.trapz([1,2])"),
    Line("np.in1d([1],[1])"),
    Line("np.NaN"),
    Line("np.Inf"),
    Line("np.float_"),
    Line("np.product([1,2])"),
    Line("np.cumproduct([1])"),
    Line("np.alltrue([1])"),
    Line("np.row_stack([[1],[2]])"),
    Line("np.asscalar(np.array([1]))", "module 'numpy' has no attribute 'asscalar'", "array.item()"),
    Line("np.object", "module 'numpy' has no attribute 'object'", "object"),
    Line("np.str", "module 'numpy' has no attribute 'str'", "str"),
    Line("np.msort([2,1])"),
    Line("assert repr([np.float64(1.5)])=='[1.5]'"),
    Line("float(np.array([1.5]))"),
    Line("np.unicode_"),
    Line("np.random.seed(0);np.random.randint(0,5,3)"),
    Line("np.array([1,2]).ptp()"),
    Line("np.array([1]).newbyteorder()"),
    Line("np.array(np.arange(3.),copy=False)"),
    Line("np.array([1,2],copy=False)"),
    Line("np.matrix([[1]])"),
    Line("np.uint8(300)"),
    Line("np.array(['a'])==1"),
    Line("np.find_common_type([int],[])"),
    # Pillow.
    Line(
        "from PIL import Image; Image.ANTIALIAS",
        "module 'PIL.Image' has no attribute 'ANTIALIAS'",
        "Image.LANCZOS",
    ),
    Line("from PIL import Image; Image.LANCZOS"),
    Line(
        "from PIL import Image,ImageDraw; ImageDraw.Draw(Image.new('RGB',(9,9))).textsize('a')",
        "'ImageDraw' object has no attribute 'textsize'",
        "draw.textbbox((0, 0), text)",
    ),
    Line("from PIL import Image; Image.fromarray(np.zeros((3,3),dtype=np.uint8),mode='L')"),
    Line("from PIL import Image; Image.fromarray(np.zeros((3,3,3),dtype=np.uint8)).resize((9,9)).save('a.png')"),
    Line("from PIL import ImageFont; ImageFont.load_default()"),
    Line("from PIL import Image; list(Image.new('L',(2,2)).getdata())"),
    # plotly, duckdb, pypdf.
    Line('px.bar(df, x="g", y="a", color="g", barmode="group").to_html()'),
    Line('px.scatter(df, x="a", y="b", trendline="ols")'),
    Line('px.scatter_mapbox(df, lat="a", lon="b", zoom=3, mapbox_style="open-street-map")'),
    Line('go.Figure().update_layout(yaxis=dict(title="y", titlefont=dict(size=12)))'),
    Line('import plotly.figure_factory as ff; ff.create_distplot([[1, 2, 3, 4.0]], ["a"])'),
    Line('import duckdb; duckdb.sql("select sum(a) from df").fetchone()'),
    Line('import duckdb; duckdb.query("select * from df").to_df()'),
    Line('import duckdb; len(duckdb.sql("select * from df"))'),
    Line('import duckdb; duckdb.connect().execute("select * from df").fetchdf()'),
    Line(
        'import pypdf; book = pypdf.PdfWriter(); book.add_blank_page(9, 9); book.write("t.pdf"); pypdf.PdfMerger().append("t.pdf")'
    ),
    Line('import pypdf; pages = pypdf.PdfReader("t.pdf").pages; pages[0].merge_page(pages[0])'),
)


def program() -> str:
    """Tries all of them; its last line is a JSON list of their errors, "" where there was none."""
    return f"{BEFORE}print(json.dumps([tried(line) for line in {[line.code for line in LINES]!r}]))\n"


def main() -> None:
    """Try them here; the errors, and the count."""
    done = subprocess.run([sys.executable, "-c", program()], stdout=subprocess.PIPE, text=True, check=True)
    errors = json.loads(done.stdout.splitlines()[-1])
    for line, error in zip(LINES, errors, strict=True):
        if error:
            sys.stdout.write(f"{line.code}\n    {error[:150]}\n")
    sys.stdout.write(f"{errors.count('')} of {len(LINES)} run\n")


if __name__ == "__main__":
    main()
