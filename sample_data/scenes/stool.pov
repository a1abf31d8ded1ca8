// Round oak stool on three thin steel legs. VIEW 1 white studio, 2 living room with patterned wallpaper.
#include "common.inc"
#include "props.inc"
#declare Seat = WoodX(Oak[0], Oak[1], 1)
#declare Iron = Satin(srgb <0.08, 0.08, 0.085>)
#declare Foot = Matte(srgb <0.75, 0.74, 0.72>)
#declare Stool = union {
  union { RoundCyl(1.78, 1.94, 0.68, 0.06) M(Seat) }
  union {
    cylinder { y*1.74, y*1.785, 0.5 }
    #for (I, 0, 2)
      union {
        cylinder { <0.42, 1.76, 0.1>, <0.70, 0.03, 0>, 0.026 }
        cylinder { <0.42, 1.76, -0.1>, <0.70, 0.03, 0>, 0.026 }
        rotate y*I*120
      }
    #end
    torus { 0.585, 0.022 translate y*0.66 }
    M(Iron)
  }
  #for (I, 0, 2) cylinder { <0.70, 0, 0>, <0.70, 0.06, 0>, 0.04 rotate y*I*120 M(Foot) } #end
}
#if (VIEW = 1)
  Studio(-1, 1.05)
  Sweep(srgb <0.945, 0.945, 0.94>, 7)
  object { Stool rotate y*40 translate x*0.06 }
  Cam(<0, 2.9, -8.8>, <0, 0.95, 0>, 18.5)
#end
#if (VIEW = 2)
  LivingRoom()
  object { Stool rotate y*15 translate <0.35, 0.03, 0.1> }
  Cam(<0.1, 2.5, -8.6>, <0.2, 1.1, 0>, 36)
#end
